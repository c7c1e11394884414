"""The reference server-memory: a knowledge graph as JSON Lines.

As read in modelcontextprotocol/servers, src/memory/index.ts (2026): an entity is
`{type: "entity", name, entityType, observations: [text]}`, a relation is
`{type: "relation", from, to, relationType}`; names are the keys. It has no times.
Released versions write several entities of one name when one request names them (2026.8.31).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from memorizer.adapters.formats import external, json_fields
from memorizer.adapters.formats.line_reader import numbered
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_LABEL, JsonObject, Relationship
from memorizer.domain.records import ImportNote, MemoryRecord, ParsedRecord, Reading, RejectedRecord

NAME: Final = "server-memory"
ENTITY: Final = "entity"
RELATION: Final = "relation"
RELATES_TO: Final = "relates_to"
"""The type of a relation that has none."""
JOINED: Final = "entities of one name are one memory with the observations of all"
REPEATED: Final = "a relation stands in the file more than once"


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield entities as memories with their observations as text, then relations.

    Entities of one name are one memory with all their observations.
    """
    left = _name_counts(path)
    parts: dict[str, list[JsonObject]] = {}
    names: set[str] = set()
    for place, record in _records(path):
        if isinstance(record, RejectedRecord):
            yield record
        elif record.get("type") == ENTITY:
            name = record.get("name")
            if isinstance(name, str) and (left[name] > 1 or name in parts):
                parts.setdefault(name, []).append(record)
                left[name] -= 1
                if left[name]:
                    yield ImportNote(place, JOINED, name[:100])
                    continue
            entities = parts.pop(name, [record]) if isinstance(name, str) else [record]
            yield external.try_make(place, _entity, entities, now, names)
        elif record.get("type") != RELATION:
            yield RejectedRecord(place, "type: must be entity or relation")
    yield from _relations(path, now, names)


def _name_counts(path: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for _, record in _records(path):
        if not isinstance(record, RejectedRecord) and record.get("type") == ENTITY:
            counts[str(record.get("name"))] += 1
    return counts


def _relations(path: Path, now: int, names: set[str]) -> Iterator[Reading]:
    made: set[str] = set()
    for place, record in _records(path):
        if isinstance(record, RejectedRecord) or record.get("type") != RELATION:
            continue
        reading = external.try_make(place, _relation, record, now, names)
        if isinstance(reading, ParsedRecord) and isinstance(reading.thing, Relationship):
            if reading.thing.id in made:
                yield ImportNote(place, REPEATED)
                continue
            made.add(reading.thing.id)
        yield reading


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


def _entity(entities: list[JsonObject], now: int, names: set[str]) -> MemoryRecord:
    name = json_fields.text(entities[0], "name")
    types = dict.fromkeys(json_fields.text_or(each, "entityType", "note") for each in entities)
    observations = [text for each in entities for text in json_fields.texts(each, "observations")]
    if len(entities) > 1:
        observations = list(dict.fromkeys(observations))
    type_ = next(iter(types))
    made = external.memory(
        NAME,
        name,
        now,
        text="\n".join(observations).strip() or name,
        title=name,
        type_=type_[:MAX_LABEL].strip(),
        facts={"entityTypes": list(types)} if len(types) > 1 or len(type_) > MAX_LABEL else None,
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
        NAME, ids[0], ids[1], json_fields.text_or(record, "relationType", RELATES_TO), at=now
    )
