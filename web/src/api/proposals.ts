import { infiniteQueryOptions } from "@tanstack/react-query";
import type { WorkspaceScope } from "@/lib/scope";
import { answer, client } from "./client";
import type { Acceptance, ChangeSet, ConsolidationJob, Proposal, ProposalState } from "./schema";

const PAGE = 50;

const at = (proposalId: string) => ({ path: { proposalId } });

/** What is proposed. The first word of a key is its topic: see live.ts. */
export const proposals = {
  pages: (state: ProposalState, scope: WorkspaceScope) =>
    infiniteQueryOptions({
      queryKey: ["memories", "proposals", state, scope],
      queryFn: ({ pageParam: cursor }) =>
        answer(
          client.GET("/api/proposals", {
            params: { query: { ...scope, state, limit: PAGE, cursor } },
          }),
        ),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
};

/** Carries a proposal out, as it is or as edited. */
export function accept(id: string, body: Partial<Acceptance> = {}): Promise<ChangeSet> {
  return answer(client.POST("/api/proposals/{proposalId}/accept", { params: at(id), body }));
}

/** Carries several out, all or none. */
export function acceptAll(ids: string[]): Promise<ChangeSet> {
  return answer(client.POST("/api/proposals/accept", { body: { ids } }));
}

export function decline(id: string): Promise<Proposal> {
  return answer(client.POST("/api/proposals/{proposalId}/decline", { params: at(id) }));
}

export function putOff(id: string): Promise<Proposal> {
  return answer(client.POST("/api/proposals/{proposalId}/later", { params: at(id) }));
}

export function reopen(id: string): Promise<Proposal> {
  return answer(client.POST("/api/proposals/{proposalId}/reopen", { params: at(id) }));
}

export function undo(changeSetId: string): Promise<ChangeSet> {
  return answer(
    client.POST("/api/change-sets/{changeSetId}/undo", { params: { path: { changeSetId } } }),
  );
}

/** Has the memories looked through for what could be proposed. */
export function consolidate(): Promise<ConsolidationJob> {
  return answer(client.POST("/api/admin/jobs/consolidation"));
}
