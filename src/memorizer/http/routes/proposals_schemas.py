"""Schemas for proposals and change sets."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as stored
from memorizer.domain import proposals
from memorizer.domain.memories import JsonObject
from memorizer.domain.proposals import MAX_ACCEPTED, ProposalEdit, ProposalKind, ProposalState
from memorizer.domain.search import MAX_LIMIT
from memorizer.domain.timestamps import to_iso
from memorizer.http.routes.memories_schemas import MEMORY_ID, OTHER_ID, TEXT, Text, Title
from memorizer.http.schemas import (
    Labels,
    Moment,
    RequestModel,
    ResponseModel,
    ScopedQuery,
    Timestamp,
    absent,
    milliseconds,
)
from memorizer.services import proposals as decided

PROPOSAL_ID = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e21"
CHANGE_SET_ID = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e22"
MAX_SHOWN_TEXT = 4_000
"""Characters of a memory's text that a proposal shows."""


class ProposedMemory(ResponseModel):
    """A memory that a proposal names, as it is now."""

    id: str = Field(examples=[MEMORY_ID])
    version: int = Field(description="The version the proposal was made from.", examples=[1])
    current_version: int | SkipJsonSchema[None] = absent(
        description="Its version now; omitted if it was deleted.", examples=[1]
    )
    title: str | SkipJsonSchema[None] = absent(examples=["Green tea"])
    text: str | SkipJsonSchema[None] = absent(
        description=f"{TEXT} At most {MAX_SHOWN_TEXT:,} characters of it.", examples=["Tea."]
    )
    tags: list[str] | SkipJsonSchema[None] = absent(examples=[["kitchen"]])
    created_at: Timestamp | SkipJsonSchema[None] = absent()

    @classmethod
    def of(cls, named: proposals.NamedVersion, memory: stored.Memory | None) -> Self:
        if memory is None:
            return cls(id=named.memory_id, version=named.version)
        content = memory.content
        return cls(
            id=named.memory_id,
            version=named.version,
            current_version=memory.version,
            title=content.title,
            text=content.text[:MAX_SHOWN_TEXT],
            tags=list(content.tags),
            created_at=to_iso(memory.created_at),
        )


class Proposal(ResponseModel):
    """A change that somebody may accept."""

    id: str = Field(examples=[PROPOSAL_ID])
    kind: ProposalKind = Field(description="What is proposed.", examples=[ProposalKind.REPLACE])
    memories: list[ProposedMemory] = Field(
        description="The memories it is about; of `replace` the first replaces the others."
    )
    suggestion: JsonObject = Field(
        description="What accepting does, by kind: `keep` and `replace` (ids), `text`, `title`, "
        "`tags`, `archive`, `reviewAt`.",
        examples=[{"keep": MEMORY_ID, "replace": [OTHER_ID]}],
    )
    reason: str = Field(description="Why, in a sentence.", examples=["The texts are the same."])
    evidence: JsonObject = Field(
        description="What was measured or found.", examples=[{"similarity": 0.98}]
    )
    score: float = Field(description="How sure it is, 0 to 1.", examples=[0.97])
    recommended: bool = Field(
        description="Whether it is one that most people accept unseen.", examples=[True]
    )
    state: ProposalState = Field(
        description="`stale`: something that it names has changed since.",
        examples=[ProposalState.OPEN],
    )
    created_at: Timestamp
    cluster: str | SkipJsonSchema[None] = absent(
        description="Proposals with the same one belong together.", examples=[MEMORY_ID]
    )
    workspace_id: str | SkipJsonSchema[None] = absent(
        description="The workspace of its memories; omitted if they are in none."
    )
    decided_at: Timestamp | SkipJsonSchema[None] = absent()
    decided_by: str | SkipJsonSchema[None] = absent(examples=["laptop"])
    change_set_id: str | SkipJsonSchema[None] = absent(
        description="Of an accepted one: what undoes it.", examples=[CHANGE_SET_ID]
    )
    created_memory_id: str | SkipJsonSchema[None] = absent(
        description="The memory that accepting it created."
    )

    @classmethod
    def of(cls, proposal: proposals.Proposal, known: Mapping[str, stored.Memory]) -> Self:
        at = proposal.decided_at
        return cls(
            id=proposal.id,
            kind=proposal.kind,
            memories=[
                ProposedMemory.of(each, known.get(each.memory_id)) for each in proposal.memories
            ],
            suggestion=proposal.suggestion,
            reason=proposal.reason,
            evidence=proposal.evidence,
            score=proposal.score,
            recommended=proposal.is_recommended,
            state=proposal.state,
            created_at=to_iso(proposal.created_at),
            cluster=proposal.cluster or None,
            workspace_id=proposal.workspace_id,
            decided_at=None if at is None else to_iso(at),
            decided_by=proposal.decided_by,
            change_set_id=proposal.change_set_id,
            created_memory_id=proposal.created_memory_id,
        )


class ProposalQuery(ScopedQuery):
    """Which proposals to list."""

    state: ProposalState | None = Field(None, description="Only those in this state.")
    kind: ProposalKind | None = Field(None, description="Only those of this kind.")
    cluster: str | None = Field(None, min_length=1, max_length=100, description="Only this one's.")
    recommended: bool = Field(False, description="Only those that are recommended.")
    limit: int = Field(50, ge=1, le=MAX_LIMIT, description="Page size.")
    cursor: UUID | None = Field(None, description="`nextCursor` of the previous page.")


class Proposals(ResponseModel):
    """Proposals, newest first; those of a cluster were made together."""

    proposals: list[Proposal]
    count: int = Field(description="Number of items in this page.", examples=[1])
    states: dict[ProposalState, int] = Field(
        description="The number of all proposals by state.", examples=[{"open": 3, "declined": 1}]
    )
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=[PROPOSAL_ID],
    )


class Acceptance(RequestModel):
    """What to do instead of the suggestion, where it is not right."""

    text: Text | None = Field(None, description="The text of the merged or new memory.")
    title: Title | None = Field(None, description="The title.")
    tags: Labels | None = Field(None, description="The tags.")
    keep: UUID | None = Field(None, description="Of `replace`: which memory replaces the others.")
    archive: bool | None = Field(None, description="Of `review`: archive it, or not.")
    review_at: Moment | None = Field(None, description="Of `review`: when to look again.")
    whole_cluster: bool = Field(
        False, description="Accept all open proposals of its cluster, as they are."
    )

    def edit(self) -> ProposalEdit:
        """As the domain has it."""
        return ProposalEdit(
            self.text,
            self.title,
            None if self.tags is None else tuple(self.tags),
            None if self.keep is None else str(self.keep),
            self.archive,
            milliseconds(self.review_at),
        )


class Acceptances(RequestModel):
    """Proposals to accept as they are, all or none."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_ACCEPTED)] = Field(
        examples=[[PROPOSAL_ID]]
    )


class ChangeSet(ResponseModel):
    """What was accepted or undone as one."""

    id: str = Field(
        description="`POST /api/change-sets/{id}/undo` undoes it.", examples=[CHANGE_SET_ID]
    )
    proposals: list[Proposal]
    count: int = Field(examples=[1])

    @classmethod
    def of(cls, done: decided.ChangeSet, known: Mapping[str, stored.Memory]) -> Self:
        listed = [Proposal.of(each, known) for each in done.proposals]
        return cls(id=done.id, proposals=listed, count=len(listed))


def ids_of(listed: Sequence[proposals.Proposal]) -> list[str]:
    """Return the ids of the memories that these name."""
    return list({named.memory_id for each in listed for named in each.memories})
