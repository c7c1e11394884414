import { queryOptions } from "@tanstack/react-query";
import { ROOT } from "@/lib/root";
import { scopeParams, type WorkspaceScope } from "@/lib/scope";
import { answer, client } from "./client";
import type { ImportJob } from "./schema";

const POLL_MS = 700;
const FINAL = new Set(["completed", "failed", "cancelled"]);

export type OnConflict = "refuse" | "update";
export type ExportFormat = "jsonl" | "markdown";

/** Something that an import says of several records, with the first of their places. */
export interface Finding {
  reason: string;
  count: number;
  examples: string[];
}

/** The result of an import's job, or of its dry run. */
export interface ImportResult {
  format: string;
  dryRun: boolean;
  counts: Record<string, Record<string, number>>;
  refused: number;
  refusals: Finding[];
  notes: Finding[];
}

export const imports = {
  job: (jobId: string) =>
    queryOptions({
      queryKey: ["jobs", "import", jobId],
      queryFn: () => answer(client.GET("/api/admin/jobs/{jobId}", { params: { path: { jobId } } })),
      refetchInterval: ({ state }) => (FINAL.has(state.data?.state ?? "") ? false : POLL_MS),
    }),
};

/** Sends a file; the job only says what its import would do. */
export function tryImport(file: File, workspace?: string): Promise<ImportJob> {
  const form = new FormData();
  form.append("file", file);
  if (workspace) form.append("workspace", workspace);
  return answer(
    client.POST("/api/imports", {
      body: { file: file.name, dryRun: true, onConflict: "refuse" },
      bodySerializer: () => form,
    }),
  );
}

/** Imports the file of a dry run. */
export function confirmImport(jobId: string, onConflict: OnConflict): Promise<ImportJob> {
  return answer(
    client.POST("/api/imports/{jobId}/confirm", {
      params: { path: { jobId } },
      body: { onConflict },
    }),
  );
}

/** Where an export of the scope is downloaded. */
export function exportAddress(format: ExportFormat, scope: WorkspaceScope): string {
  return `${ROOT}/api/export?${new URLSearchParams({ format, ...scopeParams(scope) })}`;
}
