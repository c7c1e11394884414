import { infiniteQueryOptions } from "@tanstack/react-query";
import type { WorkspaceScope } from "@/lib/scope";
import { answer, client } from "./client";
import type { Memory, Purged } from "./schema";

const PAGE = 50;

const at = (memoryId: string) => ({ path: { memoryId } });

/** What was deleted. The first word of a key is its topic: see live.ts. */
export const trash = {
  pages: (scope: WorkspaceScope) =>
    infiniteQueryOptions({
      queryKey: ["memories", "trash", scope],
      queryFn: ({ pageParam: cursor }) =>
        answer(client.GET("/api/trash", { params: { query: { ...scope, limit: PAGE, cursor } } })),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
};

export function restoreDeleted(id: string): Promise<Memory> {
  return answer(client.POST("/api/trash/{memoryId}/restore", { params: at(id) }));
}

export async function purge(id: string): Promise<void> {
  await answer(client.DELETE("/api/trash/{memoryId}", { params: at(id) }));
}

/** Permanently deletes what is in the trash of this scope alone. */
export function emptyTrash(query: WorkspaceScope): Promise<Purged> {
  return answer(client.DELETE("/api/trash", { params: { query } }));
}
