"""Rows of memories, of their history and of embedding models as types, and the domain's values.

Each names the columns that a fragment of `statements.py` selects, in their order.
"""

import json
from dataclasses import asdict, astuple, fields, replace
from typing import Final, NamedTuple

from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    EventType,
    Memory,
    MemoryEvent,
    MemoryVersion,
)
from memorizer.domain.metadata import NO_METADATA, Metadata
from memorizer.domain.validity import NO_TIMES, Supersession, Times

TIMES_COLUMNS: Final = tuple(field.name for field in fields(Times))
NO_VALIDITY: Final = (*astuple(NO_TIMES), None, None)


class MemoryRow(NamedTuple):
    """The columns that make a Memory; the fragment `memory_columns` selects them."""

    id: str
    text: str
    type: str
    title: str | None
    source: str
    tags: str
    confidence: float
    version: int
    created_at: int
    updated_at: int
    archived_at: int | None
    embedding_status: str
    workspace_id: str | None
    key: str | None
    metadata: str | None
    validity: str | None
    pinned_at: int | None

    def to_memory(self) -> Memory:
        content = content_of(
            *(self.text, self.type, self.title, self.source, self.tags, self.confidence),
            self.metadata,
        )
        *times, by, since = json.loads(self.validity) if self.validity else NO_VALIDITY
        content = replace(content, times=Times(*times)) if times != [None] * len(times) else content
        return Memory(
            self.id,
            content,
            self.version,
            self.created_at,
            self.updated_at,
            self.archived_at,
            EmbeddingStatus(self.embedding_status),
            self.workspace_id,
            self.key,
            None if since is None else Supersession(by, since),
            self.pinned_at,
        )


class VersionRow(NamedTuple):
    """The columns that make a MemoryVersion; the fragment `version_columns` selects them."""

    memory_id: str
    version: int
    at: int
    purged_at: int | None
    text: str
    type: str
    title: str | None
    source: str
    tags: str
    confidence: float
    metadata: str | None
    times: str | None

    def to_version(self) -> MemoryVersion:
        content = content_of(
            *(self.text, self.type, self.title, self.source, self.tags, self.confidence),
            self.metadata,
            self.times,
        )
        return MemoryVersion(self.memory_id, self.version, content, self.at, self.purged_at)


class EventRow(NamedTuple):
    """The columns that make a MemoryEvent; the fragment `event_columns` selects them."""

    id: str
    memory_id: str
    version: int
    type: str
    data: str
    actor: str
    at: int

    def to_event(self) -> MemoryEvent:
        return MemoryEvent(
            self.id,
            self.memory_id,
            self.version,
            EventType(self.type),
            json.loads(self.data),
            self.actor,
            self.at,
        )


class ModelRow(NamedTuple):
    """The columns that make an EmbeddingModel; the fragment `model_columns` selects them."""

    id: int
    name: str
    dimensions: int
    state: str
    job_id: str | None
    spec: str | None

    def to_model(self) -> EmbeddingModel:
        return EmbeddingModel(
            self.id, self.name, self.dimensions, ModelState(self.state), self.job_id, self.spec
        )


def content_of(  # noqa: PLR0917 - the columns that make a Content
    text: str,
    type_: str,
    title: str | None,
    source: str,
    tags: str,
    confidence: float,
    metadata: str | None,
    times: str | None = None,
) -> Content:
    """Return the content of a row; `tags`, `metadata` and `times` are JSON, NULL for none."""
    known = Metadata(json.loads(metadata)) if metadata else NO_METADATA
    when = Times(**json.loads(times)) if times else NO_TIMES
    return Content(text, type_, title, source, tuple(json.loads(tags)), confidence, known, when)


def metadata_text(content: Content) -> str | None:
    """Metadata as it is stored."""
    return content.metadata.text if content.metadata else None


def times_text(content: Content) -> str | None:
    """Return the times of a version as they are stored."""
    if content.times is NO_TIMES:  # as almost always
        return None
    given = {name: at for name, at in asdict(content.times).items() if at is not None}
    return json.dumps(given) if given else None
