"""Proposals: changes that somebody may accept. Nothing is changed by a proposal itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Final, NamedTuple

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_TEXT, MAX_TITLE, JsonObject, check_text, clean_tags

MAX_ACCEPTED: Final = 100
"""Proposals that one request accepts, in one transaction."""
RECOMMENDED_SCORE: Final = 0.9
"""From here on a proposal is one that most people accept unseen."""


class ProposalKind(StrEnum):
    """What is proposed."""

    REPLACE = "replace"
    """The first memory replaces the others."""
    MERGE = "merge"
    """A new memory with the text of the suggestion replaces all."""
    RETITLE = "retitle"
    RETAG = "retag"
    REVIEW = "review"
    """To look whether a memory still holds: to archive it, or to take its review date away."""
    SECRETS = "secrets"
    """To mask what looks like a secret."""
    NEW = "new"
    """A memory from what an agent and a person said."""


class ProposalState(StrEnum):
    """Whether a proposal was decided."""

    OPEN = "open"
    LATER = "later"
    """Put off; the next consolidation that finds it opens it again."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    """The same is never proposed again."""
    STALE = "stale"
    """Something that it names has changed since. Not stored: what is read says so."""


UNDECIDED: Final = (ProposalState.OPEN, ProposalState.LATER)


class NamedVersion(NamedTuple):
    """A memory as it was when the proposal was made."""

    memory_id: str
    version: int


class Step(NamedTuple):
    """One thing that accepting did, so that it can be undone."""

    did: str
    """`created`, `replaced`, `changed`, `archived` or `pinned`."""
    memory_id: str
    other: str = ""
    """Of `replaced` the relationship's id, of `changed` the version that was made."""


@dataclass(frozen=True, slots=True)
class NewProposal:
    """A proposal to store, unless the same was declined or is open.

    `subject` tells proposals of a kind about the same memories apart; `cluster` holds those
    together that belong together. `workspace_id`: where its memories are, or will be.
    """

    kind: ProposalKind
    memories: tuple[NamedVersion, ...]
    suggestion: JsonObject
    reason: str
    score: float
    evidence: JsonObject = field(default_factory=dict)
    cluster: str = ""
    workspace_id: str | None = None
    subject: str = ""

    @property
    def is_recommended(self) -> bool:
        """Whether it is one that most people accept unseen."""
        return self.score >= RECOMMENDED_SCORE

    @property
    def fingerprint(self) -> str:
        """Equal for proposals of the same: the kind may be any of those for several memories."""
        kind = "same" if self.kind in {ProposalKind.REPLACE, ProposalKind.MERGE} else self.kind
        ids = sorted(each.memory_id for each in self.memories)
        return sha256(dumps([kind, ids, self.subject]).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stored proposal. Times are UTC milliseconds."""

    id: str
    kind: ProposalKind
    memories: tuple[NamedVersion, ...]
    suggestion: JsonObject
    reason: str
    evidence: JsonObject
    score: float
    is_recommended: bool
    state: ProposalState
    created_at: int
    cluster: str
    workspace_id: str | None
    decided_at: int | None = None
    decided_by: str | None = None
    change_set_id: str | None = None
    steps: tuple[Step, ...] = ()
    created_memory_id: str | None = None
    """The memory that accepting it created."""


@dataclass(frozen=True, slots=True)
class ProposalEdit:
    """What to do instead of the suggestion; None where it is right.

    `keep` is the id of the memory that replaces the others. With `archive` a memory is archived,
    with `review_at` (UTC milliseconds) looked at again then.
    """

    text: str | None = None
    title: str | None = None
    tags: tuple[str, ...] | None = None
    keep: str | None = None
    archive: bool | None = None
    review_at: int | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises InvalidField."""
        if self.text is not None:
            check_text("text", self.text, longest=MAX_TEXT)
        if self.title is not None:
            check_text("title", self.title, longest=MAX_TITLE)
        if self.tags is not None:
            object.__setattr__(self, "tags", clean_tags(self.tags))

    def check(self, proposal: Proposal) -> None:
        """Raise InvalidField for what does not fit this kind of proposal."""
        fitting = _EDITABLE[proposal.kind]
        for name, given in self.given().items():
            if name not in fitting:
                raise InvalidField(
                    name,
                    f"a proposal of the kind `{proposal.kind}` takes {' and '.join(fitting)}"
                    if fitting
                    else f"a proposal of the kind `{proposal.kind}` takes no edit; "
                    "decline it and edit the memory",
                )
            if name == "keep" and given not in [each.memory_id for each in proposal.memories]:
                raise InvalidField("keep", "must be the id of one of the proposal's memories")

    def given(self) -> Mapping[str, object]:
        """Return the fields that are given."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in known.items() if value is not None}


NO_EDIT: Final = ProposalEdit()
_EDITABLE: Final[Mapping[ProposalKind, Sequence[str]]] = {
    ProposalKind.REPLACE: ("keep", "text", "title", "tags"),
    ProposalKind.MERGE: ("text", "title", "tags"),
    ProposalKind.RETITLE: ("title",),
    ProposalKind.RETAG: ("tags",),
    ProposalKind.REVIEW: ("archive", "review_at"),
    ProposalKind.SECRETS: (),
    ProposalKind.NEW: ("text", "title", "tags"),
}
