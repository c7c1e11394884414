"""Converts workspaces, memories and what belongs to them to lines of an export and back.

Reading raises InvalidField.
"""

import json
from collections.abc import Mapping
from typing import Final

from memorizer.adapters.formats import json_fields
from memorizer.domain.documents import Document, DocumentPart, parse_source
from memorizer.domain.errors import InvalidField
from memorizer.domain.keys import parse_key
from memorizer.domain.memories import (
    MAX_LABEL,
    MAX_TITLE,
    Content,
    EventType,
    JsonObject,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
    check_text,
)
from memorizer.domain.metadata import Metadata
from memorizer.domain.records import DocumentRecord, WorkspaceRecord, check_relationship
from memorizer.domain.timestamps import to_iso
from memorizer.domain.validity import NAMES, Times
from memorizer.domain.workspaces import ProjectStatus, Workspace, WorkspaceKind, parse_path

VERSION: Final = 3
"""Version of the format. Readers refuse newer ones."""
WITHOUT_DOCUMENTS: Final = 2
"""Version of a file that has workspaces and none of these."""
WITHOUT_WORKSPACES: Final = 1
"""Version of a file that has neither: releases before workspaces read it."""

HEADER: Final = "memorizer-export"
WORKSPACE: Final = "workspace"
MEMORY: Final = "memory"
VERSION_OF: Final = "version"
EVENT: Final = "event"
RELATIONSHIP: Final = "relationship"
DOCUMENT: Final = "document"
MANIFEST: Final = "manifest"


def line(record: Mapping[str, object]) -> bytes:
    """Return a record as a line without line end; equal records give equal bytes."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def of_memory(memory: Memory) -> JsonObject:
    """Return the record of a memory's present version."""
    archived = memory.archived_at
    return {
        "kind": MEMORY,
        "id": memory.id,
        **_of_content(memory.content),
        "version": memory.version,
        "createdAt": to_iso(memory.created_at),
        "updatedAt": to_iso(memory.updated_at),
        "archivedAt": None if archived is None else to_iso(archived),
        **({} if memory.key is None else {"key": memory.key}),
        **({} if memory.workspace_id is None else {"workspaceId": memory.workspace_id}),
        **({} if memory.pinned_at is None else {"pinnedAt": to_iso(memory.pinned_at)}),
    }


def of_workspace(workspace: Workspace) -> JsonObject:
    """Return the record of a workspace."""
    archived = workspace.archived_at
    return {
        "kind": WORKSPACE,
        "id": workspace.id,
        "parentId": workspace.parent_id,
        "path": workspace.path,
        "name": workspace.name,
        "type": workspace.kind,
        "description": workspace.description,
        "status": workspace.status,
        "victoryConditions": workspace.victory_conditions,
        "createdAt": to_iso(workspace.created_at),
        "updatedAt": to_iso(workspace.updated_at),
        "archivedAt": None if archived is None else to_iso(archived),
    }


def of_version(version: MemoryVersion) -> JsonObject:
    """Return the record of an earlier version."""
    return {
        "kind": VERSION_OF,
        "memoryId": version.memory_id,
        "version": version.version,
        **_of_content(version.content),
        "at": to_iso(version.at),
        **({} if version.purged_at is None else {"purgedAt": to_iso(version.purged_at)}),
    }


def of_event(event: MemoryEvent) -> JsonObject:
    """Return the record of an event."""
    return {
        "kind": EVENT,
        "memoryId": event.memory_id,
        "id": event.id,
        "version": event.version,
        "type": str(event.type),
        "data": _sorted(event.data),
        "actor": event.actor,
        "at": to_iso(event.at),
    }


def of_relationship(link: Relationship) -> JsonObject:
    """Return the record of a relationship."""
    return {
        "kind": RELATIONSHIP,
        "id": link.id,
        "from": link.from_id,
        "to": link.to_id,
        "type": link.type,
        "score": link.score,
        "at": to_iso(link.at),
    }


def of_document(record: DocumentRecord) -> JsonObject:
    """Return the record of a document with its parts."""
    document = record.document
    return {
        "kind": DOCUMENT,
        "id": document.id,
        "source": document.source,
        "title": document.title,
        "mediaType": document.media_type,
        "checksum": document.checksum,
        "sizeBytes": document.size_bytes,
        "version": document.version,
        "createdAt": to_iso(document.created_at),
        "updatedAt": to_iso(document.updated_at),
        "warnings": list(document.warnings),
        **({} if document.workspace_id is None else {"workspaceId": document.workspace_id}),
        "parts": [
            {
                "memoryId": part.memory_id,
                "checksum": part.checksum,
                **({} if part.page is None else {"page": part.page}),
                **({} if part.line is None else {"line": part.line}),
            }
            for part in record.parts
        ],
    }


def memory(record: JsonObject) -> Memory:
    """Parse a record of `of_memory`."""
    return Memory(
        json_fields.uuid(record, "id"),
        _content(record),
        json_fields.whole(record, "version", least=1),
        json_fields.moment(record, "createdAt"),
        json_fields.moment(record, "updatedAt"),
        json_fields.optional_moment(record, "archivedAt"),
        workspace_id=_optional_uuid(record, "workspaceId"),
        key=None if record.get("key") is None else parse_key(json_fields.text(record, "key")),
        pinned_at=json_fields.optional_moment(record, "pinnedAt"),
    )


def workspace(record: JsonObject) -> WorkspaceRecord:
    """Parse a record of `of_workspace`."""
    path = parse_path(json_fields.text(record, "path"), field="path")
    status = json_fields.optional_text(record, "status")
    kind = json_fields.text(record, "type")
    if kind not in set(WorkspaceKind):
        raise InvalidField("type", f"{kind!r} is no kind of workspace")
    if status not in {None, *ProjectStatus}:
        raise InvalidField("status", f"{status!r} is no status of a project")
    return WorkspaceRecord(
        Workspace(
            json_fields.uuid(record, "id"),
            _optional_uuid(record, "parentId"),
            json_fields.text(record, "name"),
            path.rpartition("/")[2],
            path,
            WorkspaceKind(kind),
            json_fields.moment(record, "createdAt"),
            json_fields.moment(record, "updatedAt"),
            json_fields.text(record, "description"),
            None if status is None else ProjectStatus(status),
            json_fields.optional_text(record, "victoryConditions"),
            json_fields.optional_moment(record, "archivedAt"),
        )
    )


def version(record: JsonObject) -> MemoryVersion:
    """Parse a record of `of_version`."""
    return MemoryVersion(
        json_fields.uuid(record, "memoryId"),
        json_fields.whole(record, "version", least=1),
        _content(record),
        json_fields.moment(record, "at"),
        json_fields.optional_moment(record, "purgedAt"),
    )


def event(record: JsonObject) -> MemoryEvent:
    """Parse a record of `of_event`."""
    type_, actor = json_fields.text(record, "type"), json_fields.text(record, "actor")
    if type_ not in set(EventType):
        raise InvalidField("type", f"{type_!r} is no kind of event")
    check_text("actor", actor, longest=MAX_LABEL)
    return MemoryEvent(
        json_fields.uuid(record, "id"),
        json_fields.uuid(record, "memoryId"),
        json_fields.whole(record, "version", least=1),
        EventType(type_),
        json_fields.json_object(record, "data"),
        actor,
        json_fields.moment(record, "at"),
    )


def relationship(record: JsonObject) -> Relationship:
    """Parse a record of `of_relationship`."""
    link = Relationship(
        json_fields.uuid(record, "id"),
        json_fields.uuid(record, "from"),
        json_fields.uuid(record, "to"),
        json_fields.text(record, "type"),
        json_fields.number(record, "score"),
        json_fields.moment(record, "at"),
    )
    check_relationship(link)
    return link


def document(record: JsonObject) -> DocumentRecord:
    """Parse a record of `of_document`."""
    title = json_fields.text(record, "title")
    check_text("title", title, longest=MAX_TITLE)
    parts = record.get("parts")
    if not isinstance(parts, list):
        raise InvalidField("parts", "must be a list")
    return DocumentRecord(
        Document(
            json_fields.uuid(record, "id"),
            _optional_uuid(record, "workspaceId"),
            parse_source(json_fields.text(record, "source")),
            title,
            json_fields.text(record, "mediaType"),
            json_fields.text(record, "checksum"),
            json_fields.whole(record, "sizeBytes"),
            json_fields.whole(record, "version", least=1),
            json_fields.moment(record, "createdAt"),
            json_fields.moment(record, "updatedAt"),
            json_fields.texts(record, "warnings"),
        ),
        tuple(_part(json_fields.as_object("parts", part), n) for n, part in enumerate(parts, 1)),
    )


def _part(record: JsonObject, position: int) -> DocumentPart:
    def number(name: str) -> int | None:
        return None if record.get(name) is None else json_fields.whole(record, name, least=1)

    return DocumentPart(
        json_fields.uuid(record, "memoryId"),
        position,
        json_fields.text(record, "checksum"),
        number("page"),
        number("line"),
    )


def _optional_uuid(record: JsonObject, name: str) -> str | None:
    return None if record.get(name) is None else json_fields.uuid(record, name)


def _of_content(content: Content) -> JsonObject:
    return {
        "type": content.type,
        "title": content.title,
        "text": content.text,
        "source": content.source,
        "tags": list(content.tags),
        "confidence": float(content.confidence),
        **({"metadata": dict(content.metadata)} if content.metadata else {}),
        **{name: to_iso(at) for name, at in content.times.items()},
    }


def _content(record: JsonObject) -> Content:
    tags, confidence = json_fields.texts(record, "tags"), json_fields.number(record, "confidence")
    if len({tag.strip().casefold() for tag in tags} - {""}) < len(tags):
        raise InvalidField("tags", "must be different, and not blank")
    return Content(
        text=json_fields.text(record, "text"),
        type=json_fields.text(record, "type"),
        title=json_fields.optional_text(record, "title"),
        source=json_fields.text(record, "source"),
        tags=tuple(tags),
        confidence=1.0 if confidence is None else confidence,
        metadata=Metadata(json_fields.as_object("metadata", record.get("metadata") or {})),
        times=Times(
            **{name: json_fields.optional_moment(record, given) for name, given in NAMES.items()}
        ),
    )


def _sorted(value: object) -> object:
    """Sort the keys of JSON at all levels: databases do not all keep their order."""
    match value:
        case Mapping():
            return {key: _sorted(value[key]) for key in sorted(value)}
        case list() | tuple():
            return [_sorted(item) for item in value]
        case _:
            return value
