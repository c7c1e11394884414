"""Makes memories and relationships from other programs' records, with ids derived from theirs."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, ParamSpec

from memorizer.adapters.formats import json_fields
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, JsonObject, Memory, Relationship
from memorizer.domain.metadata import NO_METADATA, Metadata, Scalar
from memorizer.domain.records import (
    UNKNOWN_TIME_MS,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
    check_relationship,
    derived_id,
)

MAX_FACTS_CHARACTERS: Final = 20_000
"""As JSON: fields without a counterpart here, which are kept in the history."""

P = ParamSpec("P")


def memory_id(program: str, key: str, created_at: int | None) -> str:
    """Return the id of a memory that another program identifies by `key`."""
    return derived_id(UNKNOWN_TIME_MS if created_at is None else created_at, program, "memory", key)


def memory(
    program: str,
    key: str,
    now: int,
    *,
    text: str,
    title: str | None = None,
    type_: str = "note",
    tags: Iterable[str] = (),
    source: str | None = None,
    confidence: float = 1.0,
    created_at: int | None = None,
    updated_at: int | None = None,
    archived_at: int | None = None,
    facts: JsonObject | None = None,
    metadata: Metadata | None = None,
) -> MemoryRecord:
    """Make a memory of another program's record; times in ms may be unknown. Raises InvalidField.

    The id depends on `created_at`, which must be the same in every file that has this memory.
    `facts` are kept in the history, and as metadata where they fit.
    """
    original = _checked(facts or {})
    content = Content(
        text=text,
        type=type_,
        title=json_fields.short_title(title),
        source=source or program,
        tags=tuple(tags),
        confidence=confidence,
        metadata=_flat(original) if metadata is None else metadata,
    )
    times = [at for at in (created_at, updated_at) if at is not None] or [now]
    id_ = memory_id(program, key, created_at)
    origin = {"importedFrom": program, **({"original": original} if original else {})}
    return MemoryRecord(Memory(id_, content, 1, times[0], times[-1], archived_at), origin=origin)


def as_excerpt(record: MemoryRecord, program: str, key: str, id_at: int | None) -> MemoryRecord:
    """Return a record as a part of something that grows, with an id of this time (UTC ms)."""
    memory_ = replace(record.memory, id=memory_id(program, key, id_at))
    return replace(record, memory=memory_, is_title_derived=True, is_excerpt=True)


def relationship(
    program: str, from_id: str, to_id: str, type_: str, *, at: int, score: float | None = None
) -> Relationship:
    """Make a relationship; its id is derived from its ends and type. Raises InvalidField."""
    type_ = " ".join(type_.split())
    id_ = derived_id(UNKNOWN_TIME_MS, program, "relationship", from_id, to_id, type_)
    link = Relationship(id_, from_id, to_id, type_, score, at)
    check_relationship(link)
    return link


def try_make(
    place: str, make: Callable[P, MemoryRecord | Relationship], *args: P.args, **kwargs: P.kwargs
) -> Reading:
    """Call `make`; return what it made, or a RejectedRecord with the InvalidField it raised."""
    try:
        return ParsedRecord(place, make(*args, **kwargs))
    except InvalidField as error:
        return RejectedRecord(place, str(error))


def _flat(facts: JsonObject) -> Metadata:
    """Return facts without nesting; none where they do not fit."""
    try:
        return Metadata({name: _scalar(value) for name, value in facts.items()})
    except InvalidField:
        return NO_METADATA


def _scalar(value: object) -> Scalar:
    """Return a value as metadata has it: lists of texts joined, all else that is nested as JSON."""
    match value:
        case None | str() | int() | float():
            return value
        case list() if all(isinstance(item, str) and "," not in item for item in value):
            return ", ".join(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _checked(facts: JsonObject) -> JsonObject:
    found = json_fields.json_object({"facts": facts}, "facts")
    if len(json.dumps(found)) > MAX_FACTS_CHARACTERS:
        raise InvalidField("facts", f"take more than {MAX_FACTS_CHARACTERS:,} characters as JSON")
    return found
