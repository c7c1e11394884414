"""Memories, their versions, events and relationships."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple, NewType
from unicodedata import normalize

from memorizer.domain.editing import with_plain_ends
from memorizer.domain.errors import InvalidField
from memorizer.domain.metadata import NO_METADATA, Condition, Metadata
from memorizer.domain.validity import NO_TIMES, Supersession, Times, Validity

MAX_TEXT: Final = 500_000  # characters


MAX_TITLE: Final = 200


MAX_LABEL: Final = 100  # of a type, a source, a tag, a relationship type


MAX_TAGS: Final = 50


MAX_VERSION: Final = 2**31 - 1


ALIASES: Final = ("aliases", "alias")
"""Metadata in which notes have their other names."""


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


JsonObject = Mapping[str, object]


Vector = NewType("Vector", bytes)
"""A unit vector as little-endian float32 bytes, 4 x dimensions long."""


class EmbeddingStatus(StrEnum):
    """Whether the vectors of a memory's current version exist."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Content:
    """The fields of a memory that a client sets; every version stores all of them.

    Tags are trimmed; blank ones and repetitions are dropped (see clean_tags).
    """

    text: str
    type: str = "note"
    title: str | None = None
    source: str = "api"
    tags: tuple[str, ...] = ()
    confidence: float = 1.0
    metadata: Metadata = NO_METADATA
    """What else a client says about it; any mapping becomes one."""
    times: Times = NO_TIMES

    @property
    def names(self) -> str:
        """The title and the aliases in its metadata, by whose words it is found."""
        aliases = (self.metadata.get(name) for name in ALIASES)
        return " ".join(filter(None, (self.title, *(a for a in aliases if isinstance(a, str)))))

    def __post_init__(self) -> None:
        """Clean the tags and check every field. Raises InvalidField."""
        object.__setattr__(self, "tags", clean_tags(self.tags))
        if not isinstance(self.metadata, Metadata):
            object.__setattr__(self, "metadata", Metadata(self.metadata))
        check_text("text", self.text, longest=MAX_TEXT)
        check_text("type", self.type, longest=MAX_LABEL)
        check_text("source", self.source, longest=MAX_LABEL)
        if self.title is not None:
            check_text("title", self.title, longest=MAX_TITLE)
        if len(self.tags) > MAX_TAGS:
            raise InvalidField("tags", f"at most {MAX_TAGS} tags, got {len(self.tags)}")
        for tag in self.tags:
            check_text("tags", tag, longest=MAX_LABEL)
        if not 0 <= self.confidence <= 1:
            raise InvalidField("confidence", "must lie between 0 and 1")


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory at its present version. Times are UTC milliseconds."""

    id: str
    content: Content
    version: int
    created_at: int
    updated_at: int
    archived_at: int | None = None
    embedding_status: EmbeddingStatus = EmbeddingStatus.PENDING
    workspace_id: str | None = None
    """The workspace it lives in; None: unfiled."""
    key: str | None = None
    """The client's own name for it, unique in its workspace."""
    supersession: Supersession | None = None
    """What replaces it, as relationships say it."""
    pinned_at: int | None = None
    """Since when every context pack begins with it."""

    @property
    def is_pinned(self) -> bool:
        """Return whether every context pack begins with it."""
        return self.pinned_at is not None

    def is_superseded(self, now: int) -> bool:
        """Whether it is replaced at this moment."""
        return self.supersession is not None and self.supersession.at <= now

    def is_current(self, now: int) -> bool:
        """Whether it is valid at this moment, and not replaced."""
        times = self.content.times
        has_begun = times.valid_from is None or times.valid_from <= now
        has_ended = times.valid_until is not None and times.valid_until <= now
        return has_begun and not has_ended and not self.is_superseded(now)


@dataclass(frozen=True, slots=True)
class TrashedMemory:
    """A memory in the trash, deleted `at` (UTC milliseconds)."""

    memory: Memory
    at: int


@dataclass(frozen=True, slots=True)
class MemoryVersion:
    """A full snapshot of a memory's content; the newest equals the live memory."""

    memory_id: str
    version: int
    content: Content
    at: int
    purged_at: int | None = None
    """When its text, title and tags were overwritten; UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """An explicit directed link between two memories."""

    id: str
    from_id: str
    to_id: str
    type: str
    score: float | None
    at: int


class EventType(StrEnum):
    """What happened to a memory."""

    MEMORY_CREATED = "memory_created"
    CONTENT_UPDATED = "content_updated"
    METADATA_UPDATED = "metadata_updated"
    TITLE_GENERATED = "title_generated"
    MEMORY_REVERTED = "memory_reverted"
    MEMORY_ARCHIVED = "memory_archived"
    MEMORY_RESTORED = "memory_restored"
    MEMORY_DELETED = "memory_deleted"
    RELATIONSHIP_ADDED = "relationship_added"
    RELATIONSHIP_REMOVED = "relationship_removed"
    VERSION_PURGED = "version_purged"
    MEMORY_MOVED = "memory_moved"
    MEMORY_REKEYED = "memory_rekeyed"
    MEMORY_SUPERSEDED = "memory_superseded"
    MEMORY_REINSTATED = "memory_reinstated"
    """What replaced it does so no longer."""
    MEMORY_PINNED = "memory_pinned"
    MEMORY_UNPINNED = "memory_unpinned"
    CHANGE_UNDONE = "change_undone"
    """An accepted proposal was undone: the version before is the present one again."""


MAKE_VERSIONS: Final = frozenset(
    {
        EventType.MEMORY_CREATED,
        EventType.CONTENT_UPDATED,
        EventType.METADATA_UPDATED,
        EventType.TITLE_GENERATED,
        EventType.MEMORY_REVERTED,
    }
)
"""Events that create a version; their data may quote its content."""


@dataclass(frozen=True, slots=True)
class MemoryEvent:
    """A change of a memory, written in the same transaction."""

    id: str
    memory_id: str
    version: int
    type: EventType
    data: JsonObject
    actor: str
    at: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on memories, applied before ranking: all of the tags, any of the types.

    Tags are cleaned as those of Content are.
    """

    types: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Any of these, spelled as they are."""
    created_after: int | None = None
    created_before: int | None = None
    archived: bool | None = False
    """False: only live ones; True: only archived ones; None: both."""
    pinned: bool | None = None
    """True: only pinned ones; False: only others."""
    embedding_status: EmbeddingStatus | None = None
    metadata: tuple[Condition, ...] = ()
    """All of these must hold."""
    key_prefix: str | None = None
    """How the keys begin; memories without a key never match."""
    id_prefix: str | None = None
    """How the ids begin, in lower case."""
    is_direct: bool = False
    """Only keys without another `/` behind the prefix: what is directly in a folder."""
    validity: tuple[Validity, int] | None = None
    """What holds, has ended or wants a review at a moment (UTC milliseconds)."""
    happened: tuple[int, int] | None = None
    """From one moment to before another; what does not say when it happened did when stored."""

    def __post_init__(self) -> None:
        """Clean the tags."""
        object.__setattr__(self, "tags", clean_tags(self.tags))

    @property
    def is_default(self) -> bool:
        """Whether it only excludes archived memories, and what no longer holds."""
        if self.validity is not None and self.validity[0] is not Validity.CURRENT:
            return False
        return replace(self, validity=None) == Filter()

    def current_at(self, now: int) -> "Filter":
        """Return the same for what holds at this time (UTC milliseconds).

        That is what is neither replaced nor expired.
        """
        return replace(self, validity=(Validity.CURRENT, now))


def check_text(field: str, value: str, *, longest: int) -> None:
    """Raise InvalidField for blank, too long or unstorable text (NUL, lone surrogates)."""
    if not value.strip():
        raise InvalidField(field, "must not be empty")
    if len(value) > longest:
        raise InvalidField(field, f"at most {longest:,} characters, got {len(value):,}")
    if "\0" in value:
        raise InvalidField(field, "contains a NUL character, which cannot be stored")
    if _SURROGATE.search(value):
        raise InvalidField(field, "contains a lone surrogate, which is not valid Unicode")


def digest_of(text: str) -> str:
    """Return a 128-bit hash in hex that ignores line endings; the text tells collisions apart."""
    return sha256(with_plain_ends(text).encode()).hexdigest()[:32]


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Trimmed, without blanks and repetitions; neither case nor composition distinguishes tags."""
    seen: dict[str, str] = {}
    for tag in tags:
        if trimmed := tag.strip():
            seen.setdefault(fold(trimmed), trimmed)
    return tuple(seen.values())


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What a repeated request with an idempotency key is answered from."""

    caller: str
    """The token's id, or `local` for a caller without a token."""
    key: str
    fingerprint: str
    memory_id: str
    embedding_status: EmbeddingStatus
    title_job_id: str | None
    at: int
    duplicate_of: str | None = None


class TrashCursor(NamedTuple):
    """A position in the trash, which is ordered by time of deletion."""

    at: int
    memory_id: str


def fold(label: str) -> str:
    """Return the key by which tags and types are compared: case and composition make no difference.

    Unicode's canonical caseless matching (D145), composed to NFC.
    """
    return normalize("NFC", normalize("NFD", label).casefold())


@dataclass(frozen=True, slots=True)
class Facets:
    """How many memories meet a filter, as a whole and by what they have, most frequent first.

    A choice of which any is enough is not applied to its own counts: types are counted of any
    type, sources of any source, times of any time. A workspace counts what is below it too.
    """

    total: int
    workspaces: list[tuple[str | None, int]]
    """By path; None for memories in no workspace."""
    types: list[tuple[str, int]]
    tags: list[tuple[str, int]]
    sources: list[tuple[str, int]]
    since: list[tuple[int, int]]
    """Those created later than a moment (UTC milliseconds), in the order of the moments."""
