"""`list_proposals` and `decide_proposal`."""

from typing import Annotated, Any, Literal

from pydantic import Field

from memorizer.domain.proposals import (
    NO_EDIT,
    Proposal,
    ProposalEdit,
    ProposalKind,
    ProposalState,
)
from memorizer.mcp.arguments import Arguments, Id, InvalidArguments, Words, WorkspaceArguments
from memorizer.mcp.response_budget import BUDGET, ENVELOPE, take_within
from memorizer.mcp.results import Result, View
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool

MAX_LISTED = 50


class ListProposals(WorkspaceArguments):
    """Which proposals."""

    state: Annotated[
        Literal["open", "later", "stale", "accepted", "declined"], Field(description="State")
    ] = "open"
    kind: Annotated[
        Literal["replace", "merge", "retitle", "retag", "review", "secrets", "new"] | None,
        Field(description="Only this kind"),
    ] = None
    cursor: Annotated[Id | None, Field(description="nextCursor")] = None


class ProposalView(View):
    """A proposal in short."""

    id: str
    kind: str
    memory_ids: list[str]
    suggestion: dict[str, Any]
    reason: str
    score: float
    recommended: bool
    state: str
    cluster: str | None = None
    change_set_id: str | None = None

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalView":
        """All but what was measured."""
        return cls(
            id=proposal.id,
            kind=proposal.kind,
            memory_ids=[each.memory_id for each in proposal.memories],
            suggestion=dict(proposal.suggestion),
            reason=proposal.reason,
            score=round(proposal.score, 2),
            recommended=proposal.is_recommended,
            state=proposal.state,
            cluster=proposal.cluster or None,
            change_set_id=proposal.change_set_id,
        )


class ListedProposals(Result):
    """Proposals, newest first."""

    proposals: list[ProposalView]
    next_cursor: str | None = None


@tool("List proposals", ToolAnnotation.READS)
async def list_proposals(call: ToolContext, wanted: ListProposals) -> ListedProposals:
    """List proposed changes: duplicates, replacements, titles, tags, reviews, new memories."""
    page, _ = await call.services.proposals.page(
        state=ProposalState(wanted.state),
        kind=None if wanted.kind is None else ProposalKind(wanted.kind),
        before=wanted.cursor,
        limit=MAX_LISTED + 1,
    )
    shown = take_within([ProposalView.of(each) for each in page[:MAX_LISTED]], BUDGET - ENVELOPE)
    is_more = len(shown) < len(page)
    message = f"{len(shown)} {wanted.state}."
    if shown and wanted.state == "open":
        message += " Read the memories with get_many, then call decide_proposal."
    return ListedProposals(
        message=message, proposals=shown, next_cursor=shown[-1].id if shown and is_more else None
    )


class DecideProposal(Arguments):
    """What to do with a proposal."""

    id: Annotated[Id, Field(description="The proposal's id; for undo the changeSetId")]
    decision: Annotated[
        Literal["accept", "accept_cluster", "decline", "later", "undo"],
        Field(description="declined ones are never proposed again"),
    ]
    text: Annotated[str | None, Field(description="Another text than the suggested one")] = None
    title: Annotated[str | None, Field(description="Another title")] = None
    tags: Annotated[Words | None, Field(description="Other tags")] = None
    keep: Annotated[Id | None, Field(description="Which memory replaces the others")] = None


class DecidedProposal(Result):
    """What became of it."""

    state: str
    change_set_id: str | None = None


@tool("Decide a proposal", ToolAnnotation.SETS)
async def decide_proposal(call: ToolContext, wanted: DecideProposal) -> DecidedProposal:
    """Accept a proposal (as it is, edited, or its whole cluster), decline it, put it off, undo."""
    proposals, actor = call.services.proposals, call.actor
    tags = None if wanted.tags is None else tuple(wanted.tags)
    edit = ProposalEdit(wanted.text, wanted.title, tags, wanted.keep)
    if edit != NO_EDIT and wanted.decision != "accept":
        raise InvalidArguments("text, title, tags and keep are for the decision accept.")
    match wanted.decision:
        case "accept":
            done = await proposals.accept([wanted.id], actor=actor, edit=edit)
        case "accept_cluster":
            done = await proposals.accept_cluster(wanted.id, actor=actor)
        case "undo":
            done = await proposals.undo(wanted.id, actor=actor)
            return DecidedProposal(
                message=f"Undone: {len(done.proposals)} open again.", state=ProposalState.OPEN
            )
        case "decline":
            declined = await proposals.decline(wanted.id, actor=actor)
            return DecidedProposal(message="It is never proposed again.", state=declined.state)
        case _:
            later = await proposals.put_off(wanted.id, actor=actor)
            return DecidedProposal(message="It comes back.", state=later.state)
    return DecidedProposal(
        message=f"{len(done.proposals)} accepted. decide_proposal with undo and id {done.id} "
        "takes it back.",
        state=ProposalState.ACCEPTED,
        change_set_id=done.id,
    )
