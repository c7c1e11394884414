import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { WorkspaceScope } from "@/lib/scope";
import { answer, client } from "./client";
import type { Door } from "./schema";

/** Doors by which somebody looked for something; a hook asks at each prompt, mostly for nothing. */
const ASKED: Door[] = ["mcp", "rest", "page"];

/** What searches and context packs showed to whom. Nothing tells of new ones: keys have no topic. */
export const recalls = {
  pages: (empty: boolean, scope: WorkspaceScope) =>
    infiniteQueryOptions({
      queryKey: ["recalls", empty, scope],
      queryFn: ({ pageParam: cursor, signal }) =>
        answer(
          client.GET("/api/recalls", {
            params: { query: { ...scope, empty, door: empty ? ASKED : [], cursor } },
            signal,
          }),
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  ofMemory: (memoryId: string) =>
    queryOptions({
      queryKey: ["recalls", "memory", memoryId],
      queryFn: () =>
        answer(client.GET("/api/memories/{memoryId}/recalls", { params: { path: { memoryId } } })),
    }),
  never: (scope: WorkspaceScope) =>
    queryOptions({
      queryKey: ["recalls", "never", scope],
      queryFn: () =>
        answer(client.GET("/api/recalls/never", { params: { query: { ...scope, limit: 10 } } })),
    }),
};
