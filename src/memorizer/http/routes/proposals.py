"""Routes for proposals: list, accept, decline, put off; and undoing what was accepted."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from memorizer.domain import proposals as domain
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Memory
from memorizer.domain.proposals import NO_EDIT
from memorizer.http.dependencies import Actor, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.routes.proposals_schemas import (
    CHANGE_SET_ID,
    PROPOSAL_ID,
    Acceptance,
    Acceptances,
    ChangeSet,
    Proposal,
    ProposalQuery,
    Proposals,
    ids_of,
)
from memorizer.services import MemoryServices

router = APIRouter(tags=["proposals"], responses=problems(400, 403, 422, 503))

ProposalId = Annotated[
    UUID, Path(alias="proposalId", description="The proposal's id.", examples=[PROPOSAL_ID])
]
ChangeSetId = Annotated[
    UUID, Path(alias="changeSetId", description="The change set's id.", examples=[CHANGE_SET_ID])
]


@router.get("/api/proposals")
async def list_proposals(
    services: ServicesDep, wanted: Annotated[ProposalQuery, Query()]
) -> Proposals:
    """List what is proposed, newest first. Nothing is changed before somebody accepts it."""
    page, cursor = await services.proposals.page(
        state=wanted.state,
        kind=wanted.kind,
        cluster=wanted.cluster,
        only_recommended=wanted.recommended,
        before=None if wanted.cursor is None else str(wanted.cursor),
        limit=wanted.limit,
    )
    known = await _memories(services, page)
    return Proposals(
        proposals=[Proposal.of(each, known) for each in page],
        count=len(page),
        states=await services.proposals.counts(),
        next_cursor=cursor,
    )


@router.post("/api/proposals/accept", responses=problems(404, 409, 413, 415))
async def accept_proposals(body: Acceptances, services: ServicesDep, actor: Actor) -> ChangeSet:
    """Accept several proposals in one transaction, all or none, as one change set."""
    done = await services.proposals.accept([str(id_) for id_ in body.ids], actor=actor)
    return ChangeSet.of(done, await _memories(services, done.proposals))


@router.get("/api/proposals/{proposalId}", responses=problems(404))
async def get_proposal(proposal_id: ProposalId, services: ServicesDep) -> Proposal:
    """Return one proposal with the memories that it names."""
    return await _shown(services, await services.proposals.get(str(proposal_id)))


@router.post("/api/proposals/{proposalId}/accept", responses=problems(404, 409, 413, 415))
async def accept_proposal(
    proposal_id: ProposalId, services: ServicesDep, actor: Actor, body: Acceptance | None = None
) -> ChangeSet:
    """Carry out a proposal, as it is or as edited, in one transaction.

    409 if something that it names has changed since; nothing is done then.
    """
    edit = NO_EDIT if body is None else body.edit()
    if body is None or not body.whole_cluster:
        done = await services.proposals.accept([str(proposal_id)], actor=actor, edit=edit)
    elif edit != NO_EDIT:
        raise InvalidField("wholeCluster", "accepts proposals as they are; send no edit with it")
    else:
        done = await services.proposals.accept_cluster(str(proposal_id), actor=actor)
    return ChangeSet.of(done, await _memories(services, done.proposals))


@router.post("/api/proposals/{proposalId}/decline", responses=problems(404, 409))
async def decline_proposal(
    proposal_id: ProposalId, services: ServicesDep, actor: Actor
) -> Proposal:
    """Turn a proposal down: the same is never proposed again."""
    return await _shown(services, await services.proposals.decline(str(proposal_id), actor=actor))


@router.post("/api/proposals/{proposalId}/later", responses=problems(404, 409))
async def put_off_proposal(
    proposal_id: ProposalId, services: ServicesDep, actor: Actor
) -> Proposal:
    """Put a proposal off until a consolidation finds it again."""
    return await _shown(services, await services.proposals.put_off(str(proposal_id), actor=actor))


@router.post("/api/proposals/{proposalId}/reopen", responses=problems(404, 409))
async def reopen_proposal(proposal_id: ProposalId, services: ServicesDep) -> Proposal:
    """Make a declined or put off proposal open again."""
    return await _shown(services, await services.proposals.reopen(str(proposal_id)))


@router.post("/api/change-sets/{changeSetId}/undo", responses=problems(404, 409))
async def undo_change_set(
    change_set_id: ChangeSetId, services: ServicesDep, actor: Actor
) -> ChangeSet:
    """Undo what accepting did; the proposals are open again.

    What was changed is as it was, what was created is in the trash. 409 if something was changed
    since; nothing is undone then.
    """
    done = await services.proposals.undo(str(change_set_id), actor=actor)
    return ChangeSet.of(done, await _memories(services, done.proposals))


async def _memories(
    services: MemoryServices, listed: Sequence[domain.Proposal]
) -> Mapping[str, Memory]:
    found = await services.memories.get_many(ids_of(listed))
    return {memory.id: memory for memory in found}


async def _shown(services: MemoryServices, proposal: domain.Proposal) -> Proposal:
    return Proposal.of(proposal, await _memories(services, [proposal]))
