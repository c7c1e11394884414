"""What the readers of other programs' files share: memories and links that get an id here."""

import json
from collections.abc import Callable, Iterable
from typing import Final, ParamSpec

from memorizer.adapters.formats import json_fields
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, JsonObject, Memory, Relationship
from memorizer.domain.records import (
    UNKNOWN_TIME_MS,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
    check_relationship,
    derived_id,
)

MOST_FACTS: Final = 20_000
"""Characters of what is kept in the history though it has no place here."""

P = ParamSpec("P")


def memory_id(program: str, key: str, created_at: int | None) -> str:
    """The id here of what another program knows by this key."""
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
) -> MemoryRecord:
    """A memory of another program, which may not know its times. Raises InvalidField.

    The id hangs on `created_at`, which must be the same in every file that has this memory.
    """
    content = Content(
        text=text,
        type=type_,
        title=json_fields.short_title(title),
        source=source or program,
        tags=tuple(tags),
        confidence=confidence,
    )
    times = [at for at in (created_at, updated_at) if at is not None] or [now]
    id_ = memory_id(program, key, created_at)
    origin = {"importedFrom": program, **({"original": _checked(facts)} if facts else {})}
    return MemoryRecord(Memory(id_, content, 1, times[0], times[-1], archived_at), origin=origin)


def relationship(
    program: str, from_id: str, to_id: str, type_: str, *, at: int, score: float | None = None
) -> Relationship:
    """A link of another program, whose id follows from what it links. Raises InvalidField."""
    type_ = " ".join(type_.split())
    id_ = derived_id(UNKNOWN_TIME_MS, program, "relationship", from_id, to_id, type_)
    link = Relationship(id_, from_id, to_id, type_, score, at)
    check_relationship(link)
    return link


def tried(
    place: str, make: Callable[P, MemoryRecord | Relationship], *args: P.args, **kwargs: P.kwargs
) -> Reading:
    """What was made of these, or why it could not be."""
    try:
        return ParsedRecord(place, make(*args, **kwargs))
    except InvalidField as error:
        return RejectedRecord(place, str(error))


def _checked(facts: JsonObject) -> JsonObject:
    found = json_fields.json_object({"facts": facts}, "facts")
    if len(json.dumps(found)) > MOST_FACTS:
        raise InvalidField("facts", f"take more than {MOST_FACTS:,} characters as JSON")
    return found
