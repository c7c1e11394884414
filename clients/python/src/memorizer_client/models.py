"""What the server answers, as dataclasses.

Fields that a newer server adds are ignored; absent ones are None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Metadata = Mapping[str, str | float | bool | None]
"""A flat object of texts, numbers, booleans and nulls."""
Match = Literal["strong", "likely", "weak"]
Outcome = Literal["created", "updated", "unchanged", "failed"]
JobState = Literal["waiting", "delayed", "active", "completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The current version of a memory."""

    id: str
    text: str = ""
    """Empty where the text was not asked for."""
    type: str
    title: str | None
    source: str
    tags: list[str]
    confidence: float
    version: int
    embedding_status: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    key: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    pinned: bool = False
    workspace_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    review_at: datetime | None = None
    happened_at: datetime | None = None
    superseded_by: str | None = None
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMemory(Memory):
    """A memory as it was stored."""

    title_job_id: str | None = None
    """The job that writes the missing title."""
    duplicate_of: str | None = None
    """The oldest memory with exactly this text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedMemory(Memory):
    """A memory in the trash."""

    deleted_at: datetime
    purged_at: datetime
    """When it will be erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredMemory(Memory):
    """A memory that came back from the trash."""

    lost_key: str | None = None
    """Its key, if another memory has that now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFolder:
    """A part of the keys that ends with `/`, and how many memories are below it."""

    prefix: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPage:
    """Memories, newest first; `next_cursor` is None on the last page."""

    memories: list[Memory]
    next_cursor: str | None = None
    folders: list[KeyFolder] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryVersion:
    """A memory as it once was."""

    memory_id: str
    version: int
    text: str
    type: str
    title: str | None
    source: str
    tags: list[str]
    confidence: float
    created_at: datetime
    metadata: dict[str, Any] = field(default_factory=dict)
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    review_at: datetime | None = None
    happened_at: datetime | None = None
    purged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryVersions:
    """Versions, newest first."""

    versions: list[MemoryVersion]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEvent:
    """One line of a memory's history."""

    id: str
    type: str
    version: int
    data: dict[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEvents:
    """Events, newest first."""

    events: list[MemoryEvent]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an item of a batch failed."""

    error: str
    message: str
    details: Any = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of an item: `memory`, or `error` if the outcome is "failed"."""

    outcome: Outcome
    memory: StoredMemory | None = None
    error: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcomes:
    """The outcomes, in the order of the items."""

    results: list[BatchOutcome]
    created: int
    updated: int
    unchanged: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A memory that was found. `relevance`: the probability that it answers the query."""

    memory: Memory
    score: float
    relevance: float
    match: Match
    matched_on: list[str]
    copies: int
    similarity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """All hits, best first. `degraded`: which part of the search was missing, and why."""

    results: list[SearchHit]
    query: str
    read_as: str | None = None
    degraded: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextItem:
    """A memory of a context pack, and why it is there."""

    id: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Memories that an agent should know without asking, as Markdown."""

    markdown: str
    ids: list[str]
    items: list[ContextItem]
    omitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """How many things a job has to do, and how many it has done."""

    total: int
    done: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A background job. `progress`: per cent."""

    id: str
    name: str
    queue: str
    state: JobState
    progress: int
    data: dict[str, Any]
    returnvalue: dict[str, Any] | None
    failed_reason: str | None
    attempts_made: int
    max_attempts: int
    cancel_requested: bool
    items: Items | None = None
    memory_id: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Jobs, newest first."""

    jobs: list[Job]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """A step of a job. `result` and `error` come with its end."""

    job_id: str
    status: JobState
    progress: int
    result: dict[str, Any] | None = None
    error: str | None = None
    items: Items | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self.status in ("completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace or project. `path`: the slugs from the root on, joined by `/`."""

    id: str
    name: str
    slug: str
    path: str
    kind: Literal["workspace", "project"]
    description: str
    created_at: datetime
    updated_at: datetime
    parent_id: str | None = None
    status: str | None = None
    victory_conditions: str | None = None
    archived_at: datetime | None = None
    memories: int | None = None
    """None where the server did not count."""
    trashed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceList:
    """All workspaces that the token may see."""

    workspaces: list[Workspace]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashPage:
    """Deleted memories, and how many there are in all."""

    memories: list[DeletedMemory]
    total: int
    next_cursor: str | None = None
