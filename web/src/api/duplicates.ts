import { infiniteQueryOptions } from "@tanstack/react-query";
import type { WorkspaceScope } from "@/lib/scope";
import { answer, client } from "./client";

/**
 * Memories that say nearly the same, in pairs. A page compares a hundred memories, so all of them
 * are not read again at every change: the key has no topic (see live.ts), and nothing is kept.
 */
export const duplicates = {
  pages: (threshold: number, scope: WorkspaceScope) =>
    infiniteQueryOptions({
      queryKey: ["duplicates", threshold, scope],
      queryFn: ({ pageParam: cursor, signal }) =>
        answer(
          client.GET("/api/duplicates", {
            params: { query: { ...scope, threshold, cursor } },
            signal,
          }),
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      staleTime: Infinity,
      gcTime: 0,
    }),
};
