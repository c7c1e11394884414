import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { WorkspaceScope } from "@/lib/scope";
import { answer, client, paged } from "./client";
import type { IngestionJob } from "./schema";

const PAGE = 50;
const POLL_MS = 1_000;
const FINAL = new Set(["completed", "failed", "cancelled"]);

/** Documents and their jobs. The first word of a key is its topic: see live.ts. */
export const documents = {
  pages: (scope: WorkspaceScope) =>
    infiniteQueryOptions({
      queryKey: ["memories", "documents", scope],
      queryFn: ({ pageParam: cursor }) =>
        answer(
          client.GET("/api/documents", { params: { query: { ...scope, limit: PAGE, cursor } } }),
        ),
      ...paged,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["memories", "document", id],
      queryFn: () =>
        answer(client.GET("/api/documents/{documentId}", { params: { path: { documentId: id } } })),
    }),
  ingestion: (jobId: string) =>
    queryOptions({
      queryKey: ["jobs", "ingestion", jobId],
      queryFn: () => answer(client.GET("/api/admin/jobs/{jobId}", { params: { path: { jobId } } })),
      refetchInterval: ({ state }) => (FINAL.has(state.data?.state ?? "") ? false : POLL_MS),
    }),
};

/** Sends a file; it is ingested in the background. */
export function ingestFile(file: File, workspace?: string): Promise<IngestionJob> {
  const form = new FormData();
  form.append("file", file);
  form.append("source", file.webkitRelativePath || file.name);
  if (workspace) form.append("workspace", workspace);
  return answer(
    client.POST("/api/documents", {
      body: { file: file.name },
      bodySerializer: () => form,
    }),
  );
}

export function ingestUrl(url: string, workspace?: string): Promise<IngestionJob> {
  return answer(client.POST("/api/documents", { body: { url, workspace, tags: [] } }));
}

/** Its parts go into the trash. */
export async function deleteDocument(id: string): Promise<void> {
  await answer(
    client.DELETE("/api/documents/{documentId}", { params: { path: { documentId: id } } }),
  );
}
