"""The reference server-memory: a knowledge graph as JSON Lines.

As read in modelcontextprotocol/servers, src/memory/index.ts (2026): an entity is
`{type: "entity", name, entityType, observations: [text]}`, a relation is
`{type: "relation", from, to, relationType}`; names are the keys. It has no times.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from memorizer.adapters.formats import external, json_fields
from memorizer.adapters.formats.line_reader import numbered
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject, Relationship
from memorizer.domain.records import MemoryRecord, Reading, RejectedRecord

NAME: Final = "server-memory"
ENTITY: Final = "entity"
RELATION: Final = "relation"


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield entities as memories with their observations as text, then relations."""
    names: set[str] = set()
    for place, record in _records(path):
        if isinstance(record, RejectedRecord):
            yield record
        elif record.get("type") == ENTITY:
            yield external.try_make(place, _entity, record, now, names)
        elif record.get("type") != RELATION:
            yield RejectedRecord(place, "type: must be entity or relation")
    for place, record in _records(path):
        if not isinstance(record, RejectedRecord) and record.get("type") == RELATION:
            yield external.try_make(place, _relation, record, now, names)


def _records(path: Path) -> Iterator[tuple[str, JsonObject | RejectedRecord]]:
    with path.open("rb") as file:
        for number, line in numbered(file):
            place = f"line {number}"
            try:
                yield (
                    place,
                    RejectedRecord(place, line)
                    if isinstance(line, str)
                    else json_fields.parse_object(line),
                )
            except InvalidField as error:
                yield place, RejectedRecord(place, str(error))


def _entity(record: JsonObject, now: int, names: set[str]) -> MemoryRecord:
    name = json_fields.text(record, "name")
    made = external.memory(
        NAME,
        name,
        now,
        text="\n".join(json_fields.texts(record, "observations")).strip() or name,
        title=name,
        type_=json_fields.text_or(record, "entityType", "note"),
    )
    names.add(name)
    return made


def _relation(record: JsonObject, now: int, names: set[str]) -> Relationship:
    ends = json_fields.text(record, "from"), json_fields.text(record, "to")
    for field, name in zip(("from", "to"), ends, strict=True):
        if name not in names:
            raise InvalidField(field, f"no entity of this file is called {name[:100]!r}")
    ids = [external.memory_id(NAME, name, None) for name in ends]
    return external.relationship(
        NAME, ids[0], ids[1], json_fields.text(record, "relationType"), at=now
    )
