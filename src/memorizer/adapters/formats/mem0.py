"""mem0: what `get_all` and its REST API return, as JSON.

As written by mem0ai 2.2.1 (November 2026): `{results: [{id, memory, hash, metadata, created_at,
updated_at, user_id, agent_id, run_id, actor_id, role}]}`; older versions return the bare list.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import external, json_fields
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.domain.memories import JsonObject, clean_tags
from memorizer.domain.records import MemoryRecord, Reading

NAME: Final = "mem0"
RESULTS: Final = "results"
_KEPT: Final = ("user_id", "agent_id", "run_id", "actor_id", "role", "categories")
"""Fields without a counterpart here."""


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield its memories."""
    with path.open("rb") as file:
        for item in items(file):
            if not isinstance(item, Item):
                yield item
            elif item.key in (None, RESULTS):
                yield external.try_make(item.place, _memory, item.value, now)


def is_memory(record: JsonObject) -> bool:
    """Whether a record looks like one of its memories."""
    return {"id", "memory"} <= record.keys()


def _memory(value: Any, now: int) -> MemoryRecord:
    record = json_fields.as_object("memory", value)
    metadata = json_fields.as_object("metadata", record.get("metadata") or {})
    kept = {name: record[name] for name in _KEPT if record.get(name) is not None}
    created_at = json_fields.optional_moment(record, "created_at")
    return external.memory(
        NAME,
        json_fields.text(record, "id"),
        now,
        text=json_fields.text(record, "memory"),
        tags=_tags(metadata),
        created_at=created_at,
        updated_at=json_fields.optional_moment(record, "updated_at"),
        facts={**kept, **metadata},
    )


def _tags(metadata: JsonObject) -> tuple[str, ...]:
    """Return tags that a client put into the metadata, where they are texts."""
    tags = metadata.get("tags")
    return clean_tags(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
