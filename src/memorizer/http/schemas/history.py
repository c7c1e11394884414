"""Versions, events and differences as JSON."""

from typing import Self

from pydantic import Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.diff import Diff, LineKind
from memorizer.domain.memories import MAX_VERSION, EventType
from memorizer.domain.timestamps import to_iso
from memorizer.http.schemas.base import RequestModel, ResponseModel, Timestamp, Whole, absent
from memorizer.http.schemas.memories import MEMORY_ID

MOST_VERSIONS = MAX_VERSION


class MemoryVersion(ResponseModel):
    """A memory's whole content as it was at one version."""

    memory_id: str = Field(examples=[MEMORY_ID])
    version: int = Field(examples=[1])
    type: str = Field(examples=["note"])
    title: str | None = Field(examples=["Machine learning"])
    text: str = Field(examples=["Machine learning is a subset of artificial intelligence."])
    source: str = Field(examples=["api"])
    tags: list[str] = Field(examples=[["ai"]])
    confidence: float = Field(examples=[1.0])
    created_at: Timestamp
    purged_at: Timestamp | SkipJsonSchema[None] = absent(
        description="When its text, title and tags were deleted for ever."
    )

    @classmethod
    def of(cls, version: domain.MemoryVersion) -> Self:
        content = version.content
        return cls(
            memory_id=version.memory_id,
            version=version.version,
            type=content.type,
            title=content.title,
            text=content.text,
            source=content.source,
            tags=list(content.tags),
            confidence=content.confidence,
            created_at=to_iso(version.at),
            purged_at=None if version.purged_at is None else to_iso(version.purged_at),
        )


class Versions(ResponseModel):
    """Versions of a memory, newest first."""

    versions: list[MemoryVersion]
    count: int = Field(description="How many are in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Give it as `cursor` for the next page; left out on the last.",
        examples=["12"],
    )


class MemoryEvent(ResponseModel):
    """One line of a memory's history."""

    id: str = Field(examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e12"])
    type: EventType = Field(examples=[EventType.TITLE_GENERATED])
    version: int = Field(description="The memory's version after the event.", examples=[2])
    data: dict[str, JsonValue] = Field(
        description="What is worth knowing about an event of this type.",
        examples=[{"title": "Machine learning"}],
    )
    actor: str = Field(description="Through which door, or which part, it came.", examples=["api"])
    at: Timestamp

    @classmethod
    def of(cls, event: domain.MemoryEvent) -> Self:
        return cls.model_validate(
            {
                "id": event.id,
                "type": event.type,
                "version": event.version,
                "data": event.data,
                "actor": event.actor,
                "at": to_iso(event.at),
            }
        )


class Events(ResponseModel):
    """The history of a memory, newest first."""

    events: list[MemoryEvent]
    count: int = Field(description="How many are in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Give it as `cursor` for the next page; left out on the last.",
        examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e12"],
    )


class DiffLine(ResponseModel):
    """One line of either text."""

    kind: LineKind = Field(examples=[LineKind.ADDED])
    text: str = Field(examples=["It learns from data."])
    old: int | None = Field(description="Its number in the old text.", examples=[None])
    new: int | None = Field(description="Its number in the new text.", examples=[2])


class Change(ResponseModel):
    """A field other than the text, before and after."""

    field: str = Field(examples=["title"])
    old: JsonValue = Field(examples=["ML"])
    new: JsonValue = Field(examples=["Machine learning"])


class Difference(ResponseModel):
    """What changed from one version to another."""

    memory_id: str = Field(examples=[MEMORY_ID])
    from_: int = Field(alias="from", examples=[1])
    to: int = Field(examples=[2])
    added: int = Field(description="Lines only in the new text.", examples=[1])
    removed: int = Field(description="Lines only in the old text.", examples=[0])
    lines: list[DiffLine] = Field(description="Both texts, line by line, in reading order.")
    changes: list[Change]

    @classmethod
    def of(cls, memory_id: str, old: int, new: int, diff: Diff) -> Self:
        lines = [
            DiffLine(kind=line.kind, text=line.text, old=line.old, new=line.new)
            for line in diff.lines
        ]
        changes = [
            {"field": c.field, "old": _json(c.old), "new": _json(c.new)} for c in diff.changes
        ]
        return cls.model_validate(
            {
                "memory_id": memory_id,
                "from": old,
                "to": new,
                "added": diff.added,
                "removed": diff.removed,
                "lines": lines,
                "changes": changes,
            }
        )


class Reversion(RequestModel):
    """Which version to bring back."""

    version: Whole = Field(
        ge=1,
        le=MOST_VERSIONS,
        description="Its content becomes the newest version; nothing is lost.",
        examples=[1],
    )


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
