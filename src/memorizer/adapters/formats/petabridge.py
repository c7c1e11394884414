"""petabridge's Memorizer: replies of its REST lists, any number of pages in one file.

As read in petabridge/memorizer, MemoryController.cs and Models/Memory.cs (2.x): a page is
`{memories: [{id, type, text, source, tags, confidence, title, createdAt, updatedAt,
currentVersion, archetype, relationships: [{fromMemoryId, toMemoryId, type, score}], …}],
totalCount, …}`; search replies with a bare list. Vectors are ignored, and computed anew. A memory
has `owner: {type: 0 | 1, id}`, a workspace or a project; those come from the replies of
/api/workspace and /api/project, in the same file (petabridge_workspaces.py).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import external, json_fields, petabridge_workspaces
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.adapters.formats.petabridge_workspaces import Workspaces
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject, Relationship
from memorizer.domain.records import MemoryRecord, Reading, RejectedRecord

NAME: Final = "petabridge"
ARCHIVED: Final = (2, "archived")
"""The archetype of an archived memory, as a number or by name."""


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield its workspaces, its memories, then their relationships."""
    ids: dict[str, str] = {}
    workspaces = petabridge_workspaces.read(path, now)
    yield from workspaces.readings
    for item in _memories(path):
        if isinstance(item, RejectedRecord):
            yield item
        else:
            yield external.try_make(item.place, _memory, item.value, now, ids, workspaces)
    for item in _memories(path):
        if isinstance(item, Item) and isinstance(item.value, dict):
            yield from _links(item.place, item.value, now, ids)


def _memories(path: Path) -> Iterator[Item | RejectedRecord]:
    with path.open("rb") as file:
        for item in items(file):
            if isinstance(item, RejectedRecord) or item.key in (None, "memories"):
                yield item


def _memory(value: Any, now: int, ids: dict[str, str], workspaces: Workspaces) -> MemoryRecord:
    record = json_fields.as_object("memory", value)
    key = json_fields.text(record, "id").lower()
    confidence = json_fields.number(record, "confidence")
    updated_at = json_fields.optional_moment(record, "updatedAt")
    archetype = record.get("archetype")
    is_archived = (archetype.lower() if isinstance(archetype, str) else archetype) in ARCHIVED
    made = external.memory(
        NAME,
        key,
        now,
        text=json_fields.text(record, "text"),
        title=json_fields.optional_text(record, "title"),
        type_=json_fields.text_or(record, "type", "note"),
        tags=json_fields.texts(record, "tags"),
        source=json_fields.text_or(record, "source", NAME),
        confidence=1.0 if confidence is None else confidence,
        created_at=json_fields.optional_moment(record, "createdAt"),
        updated_at=updated_at,
        archived_at=(updated_at or now) if is_archived else None,
        facts={"id": key[:100]},
    )
    ids[key] = made.memory.id
    workspace_id = workspaces.of(petabridge_workspaces.owner(record))
    return replace(made, memory=replace(made.memory, workspace_id=workspace_id))


def _links(place: str, record: JsonObject, now: int, ids: dict[str, str]) -> Iterator[Reading]:
    links = record.get("relationships")
    if not isinstance(links, list):
        if links is not None:
            yield RejectedRecord(place, "relationships: must be a list")
        return
    for link in links:
        yield external.try_make(place, _link, link, now, ids)


def _link(value: Any, now: int, ids: dict[str, str]) -> Relationship:
    record = json_fields.as_object("relationships", value)
    ends: list[str] = []
    for name in ("fromMemoryId", "toMemoryId"):
        key = json_fields.text(record, name).lower()
        if key not in ids:
            raise InvalidField(name, f"memory {key[:100]!r} is not in this file")
        ends.append(ids[key])
    at = json_fields.optional_moment(record, "createdAt")
    return external.relationship(
        NAME,
        ends[0],
        ends[1],
        json_fields.text(record, "type"),
        at=now if at is None else at,
        score=json_fields.number(record, "score"),
    )


def is_memory(record: JsonObject) -> bool:
    """Whether a record looks like one of its memories."""
    return "text" in record and "id" in record and "createdAt" in record
