"""mcp-memory-service: the JSON of its export.

As read in doobidoo/mcp-memory-service, sync/exporter.py (exporter_version 5.0.1) and
sync/importer.py: `{export_metadata, memories: [{content, content_hash, tags, created_at,
updated_at, memory_type, metadata, …}]}`, times in seconds, the hash is the key.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import external, json_fields
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import MemoryRecord, Reading

NAME: Final = "mcp-memory-service"
UNTAGGED: Final = "untagged"
"""What its newer versions put in the place of no tags."""


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield its memories; their `metadata` is kept in the history."""
    with path.open("rb") as file:
        for item in items(file):
            if not isinstance(item, Item):
                yield item
            elif item.key == "memories":
                yield external.try_make(item.place, _memory, item.value, now)


def _memory(value: Any, now: int) -> MemoryRecord:
    record = json_fields.as_object("memory", value)
    return external.memory(
        NAME,
        json_fields.text(record, "content_hash"),
        now,
        text=json_fields.text(record, "content"),
        type_=json_fields.text_or(record, "memory_type", "note"),
        tags=_tags(record),
        created_at=json_fields.seconds(record, "created_at"),
        updated_at=json_fields.seconds(record, "updated_at"),
        facts=_metadata(record),
    )


def _metadata(record: JsonObject) -> JsonObject:
    """Return the metadata, with the store if it is not the usual one."""
    metadata = json_fields.as_object("metadata", record.get("metadata") or {})
    store = record.get("store")
    is_named = isinstance(store, str) and store not in ("", "default")
    return {**metadata, "store": store} if is_named else metadata


def _tags(record: Mapping[str, Any]) -> tuple[str, ...] | list[str]:
    """Return the tags: a list, or in older rows one text with commas."""
    tags = record.get("tags")
    found = tags.split(",") if isinstance(tags, str) else json_fields.texts(record, "tags")
    return () if list(found) == [UNTAGGED] else found


def is_memory(record: JsonObject) -> bool:
    """Whether a record looks like one of its memories."""
    return "content_hash" in record and "content" in record
