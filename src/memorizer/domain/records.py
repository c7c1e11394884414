"""What moves in and out of a store: memories with their whole past, and what was refused."""

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import (
    MAX_LABEL,
    JsonObject,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
    check_text,
)

UNKNOWN_TIME_MS: Final = 0
"""The time from which the id of a thing of unknown age is made: it sorts before all others."""


class RecordType(StrEnum):
    """What a store is made of, for whoever moves it."""

    MEMORIES = "memories"
    VERSIONS = "versions"
    EVENTS = "events"
    RELATIONSHIPS = "relationships"


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """All there is of one memory: its present, its earlier versions, its events, oldest first.

    `origin` says where a memory without events comes from; it goes into its first event.
    """

    memory: Memory
    versions: tuple[MemoryVersion, ...] = ()
    events: tuple[MemoryEvent, ...] = ()
    origin: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """Something that was read, and where in the file it stands."""

    place: str
    thing: MemoryRecord | Relationship


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """Something that was not taken, and why."""

    place: str
    reason: str


Reading = ParsedRecord | RejectedRecord


class OnConflict(StrEnum):
    """What becomes of a memory that is already here with other content."""

    REFUSE = "refuse"
    UPDATE = "update"


class Outcome(StrEnum):
    """What became of a piece."""

    ADDED = "added"
    UPDATED = "updated"
    KNOWN = "known"


Counts = Counter[tuple[RecordType, Outcome]]
"""How many pieces came to what."""


def derived_id(at: int, *parts: str) -> str:
    """The id of a thing that comes without one: the same at every import, among others of its time.

    It is shaped like a UUIDv7, since lists are in the order of ids.
    """
    digest = sha256(json.dumps(parts).encode()).digest()
    number = max(at, UNKNOWN_TIME_MS) % 2**48 << 80 | int.from_bytes(digest[:10])
    number = number & ~(0xF << 76) | 0x7 << 76  # the version
    number = number & ~(0x3 << 62) | 0x2 << 62  # the variant
    return str(UUID(int=number))


def check_relationship(link: Relationship) -> None:
    """Refuse what no door may store. Raises InvalidField."""
    check_text("type", link.type, longest=MAX_LABEL)
    if link.score is not None and not 0 <= link.score <= 1:
        raise InvalidField("score", "must lie between 0 and 1")
    if link.from_id == link.to_id:
        raise InvalidField("to", "a memory cannot be related to itself")


class RecordPresence(StrEnum):
    """Whether a store has a memory."""

    ABSENT = "absent"
    HERE = "here"
    DELETED = "deleted"
