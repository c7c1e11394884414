import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client, paged } from "./client";
import type { WorkspaceScope } from "@/lib/scope";
import type { BatchItem, Memory, MemoryChange, NewMemory, paths, WrittenMemory } from "./schema";

export type MemoryFilter = NonNullable<paths["/api/memories"]["get"]["parameters"]["query"]>;

export type FacetQuery = NonNullable<paths["/api/memories/facets"]["get"]["parameters"]["query"]>;

const at = (memoryId: string) => ({ path: { memoryId } });
const atVersion = (memoryId: string, version: number) => ({
  ...at(memoryId),
  header: { "If-Match": String(version) },
});

/** What can be read about memories. The first word of a key is its topic: see live.ts. */
export const memories = {
  page: (query: MemoryFilter) =>
    queryOptions({
      queryKey: ["memories", "page", query],
      queryFn: () => listMemories(query),
      placeholderData: keepPreviousData,
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: ["memories", "one", id],
      queryFn: () => readMemory(id),
    }),
  versions: (id: string) =>
    infiniteQueryOptions({
      queryKey: ["memories", "versions", id],
      queryFn: ({ pageParam }) =>
        answer(
          client.GET("/api/memories/{memoryId}/versions", {
            params: { ...at(id), query: pageParam ? { cursor: Number(pageParam) } : {} },
          }),
        ),
      ...paged,
    }),
  difference: (id: string, from: number, to: number) =>
    queryOptions({
      queryKey: ["memories", "difference", id, from, to],
      queryFn: () =>
        answer(
          client.GET("/api/memories/{memoryId}/diff", {
            params: { ...at(id), query: { from, to } },
          }),
        ),
      placeholderData: keepPreviousData,
    }),
  events: (id: string) =>
    infiniteQueryOptions({
      queryKey: ["memories", "events", id],
      queryFn: ({ pageParam: cursor }) =>
        answer(
          client.GET("/api/memories/{memoryId}/events", {
            params: { ...at(id), query: { cursor } },
          }),
        ),
      ...paged,
    }),
  similar: (id: string, threshold: number) =>
    queryOptions({
      queryKey: ["memories", "similar", id, threshold],
      queryFn: () =>
        answer(
          client.GET("/api/memories/{memoryId}/similar", {
            params: { ...at(id), query: { threshold, limit: 20 } },
          }),
        ),
      placeholderData: keepPreviousData,
    }),
  relationships: (id: string) =>
    infiniteQueryOptions({
      queryKey: ["memories", "relationships", id],
      queryFn: ({ pageParam: cursor }) =>
        answer(
          client.GET("/api/memories/{memoryId}/relationships", {
            params: { ...at(id), query: { cursor } },
          }),
        ),
      ...paged,
    }),
  facets: (query: FacetQuery) =>
    queryOptions({
      queryKey: ["memories", "facets", query],
      queryFn: () => answer(client.GET("/api/memories/facets", { params: { query } })),
      placeholderData: keepPreviousData,
    }),
  tags: (query: WorkspaceScope) =>
    queryOptions({
      queryKey: ["memories", "tags", query],
      queryFn: () => answer(client.GET("/api/tags", { params: { query } })),
      staleTime: 60_000,
    }),
  types: (query: WorkspaceScope) =>
    queryOptions({
      queryKey: ["memories", "types", query],
      queryFn: () => answer(client.GET("/api/types", { params: { query } })),
      staleTime: 60_000,
    }),
};

export function readMemory(id: string): Promise<Memory> {
  return answer(client.GET("/api/memories/{memoryId}", { params: at(id) }));
}

export function listMemories(query: MemoryFilter) {
  return answer(client.GET("/api/memories", { params: { query } }));
}

/** Stores several in one transaction; one with a key that is known becomes its next version. */
export function storeMemories(items: BatchItem[]) {
  return answer(client.POST("/api/memories/batch", { body: { memories: items } }));
}

export function createMemory(body: NewMemory) {
  return answer(client.POST("/api/memories", { body }));
}

/** Changes the given fields if the memory still is at this version; else ApiError 409. */
export function updateMemory(
  id: string,
  version: number,
  body: MemoryChange,
): Promise<WrittenMemory> {
  return answer(client.PATCH("/api/memories/{memoryId}", { params: atVersion(id, version), body }));
}

export function archiveMemory(id: string): Promise<Memory> {
  return answer(client.POST("/api/memories/{memoryId}/archive", { params: at(id) }));
}

/** Pins it, so that every context of an agent begins with it; makes no version. */
export function pinMemory(id: string, pinned: boolean): Promise<Memory> {
  return answer(
    client.PATCH("/api/memories/{memoryId}", { params: at(id), body: { pinned, replaces: [] } }),
  );
}

export function restoreMemory(id: string): Promise<Memory> {
  return answer(client.POST("/api/memories/{memoryId}/restore", { params: at(id) }));
}

/** Moves it to the trash: see trash.ts. */
export async function deleteMemory(id: string): Promise<void> {
  await answer(client.DELETE("/api/memories/{memoryId}", { params: at(id) }));
}

export function revertMemory(id: string, current: number, version: number): Promise<Memory> {
  return answer(
    client.POST("/api/memories/{memoryId}/revert", {
      params: atVersion(id, current),
      body: { version },
    }),
  );
}

/** Permanently delete the content of an earlier version. */
export async function purgeVersion(memoryId: string, version: number): Promise<void> {
  const params = { path: { memoryId, version } };
  await answer(client.DELETE("/api/memories/{memoryId}/versions/{version}", { params }));
}

export function relate(fromMemoryId: string, toMemoryId: string, type: string, score?: number) {
  return answer(
    client.POST("/api/relationships", { body: { fromMemoryId, toMemoryId, type, score } }),
  );
}

export async function unrelate(relationshipId: string): Promise<void> {
  const params = { path: { relationshipId } };
  await answer(client.DELETE("/api/relationships/{relationshipId}", { params }));
}
