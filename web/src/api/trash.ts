import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { Memory, Purged } from "./schema";

const PAGE = 50;

const at = (memoryId: string) => ({ path: { memoryId } });

/** What was deleted. The first word of a key is its topic: see live.ts. */
export const trash = {
  pages: () =>
    infiniteQueryOptions({
      queryKey: ["memories", "trash"],
      queryFn: ({ pageParam: cursor }) =>
        answer(client.GET("/api/trash", { params: { query: { limit: PAGE, cursor } } })),
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

export function emptyTrash(): Promise<Purged> {
  return answer(client.DELETE("/api/trash"));
}
