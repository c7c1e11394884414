import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, client, paged } from "./client";
import type {
  CountedWorkspace,
  MovedMemories,
  NewWorkspace,
  Workspace,
  WorkspaceEdit,
} from "./schema";

const at = (workspaceRef: string) => ({ path: { workspaceRef } });

/** Workspaces and projects. The first word of a key is its topic: see live.ts. */
export const workspaces = {
  /** All that may be seen, parents before their children. */
  tree: () =>
    queryOptions({
      queryKey: ["memories", "workspaces"],
      queryFn: async (): Promise<CountedWorkspace[]> =>
        (await answer(client.GET("/api/workspaces"))).workspaces,
      staleTime: 60_000,
    }),
  events: (id: string) =>
    infiniteQueryOptions({
      queryKey: ["memories", "workspaces", "events", id],
      queryFn: ({ pageParam: cursor }) =>
        answer(
          client.GET("/api/workspaces/{workspaceRef}/events", {
            params: { ...at(id), query: { cursor } },
          }),
        ),
      ...paged,
    }),
};

export function createWorkspace(body: NewWorkspace): Promise<Workspace> {
  return answer(client.POST("/api/workspaces", { body }));
}

export function updateWorkspace(id: string, body: WorkspaceEdit): Promise<Workspace> {
  return answer(client.PATCH("/api/workspaces/{workspaceRef}", { params: at(id), body }));
}

/** Puts it with all below it under another one; null for the root. */
export function moveWorkspace(id: string, parent: string | null): Promise<Workspace> {
  const body = { parent };
  return answer(client.POST("/api/workspaces/{workspaceRef}/move", { params: at(id), body }));
}

/** What becomes of the memories of a deleted workspace. */
export type Destination = "trash" | "parent";

export function deleteWorkspace(id: string, to?: Destination) {
  const params = { ...at(id), query: { to } };
  return answer(client.DELETE("/api/workspaces/{workspaceRef}", { params }));
}

/** Moves memories into a workspace; `unfiled` for none. All of them, or none. */
export function moveMemories(ids: string[], workspace: string): Promise<MovedMemories> {
  return answer(client.POST("/api/memories/move", { body: { ids, workspace } }));
}
