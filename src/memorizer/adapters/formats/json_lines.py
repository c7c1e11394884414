"""Memorizer's own export: JSON Lines, a memory followed by its earlier versions and its events.

The first line names the format, the last one is the manifest: how many lines of each kind there
are, and a SHA-256 over them. Only lines are held, so neither writing nor reading takes memory.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from memorizer.adapters.formats import json_fields, records
from memorizer.adapters.formats.jsonl import numbered
from memorizer.domain.errors import InvalidField, UnknownFormat
from memorizer.domain.memories import JsonObject, Memory, MemoryEvent, MemoryVersion, Relationship
from memorizer.domain.records import MemoryRecord, ParsedRecord, Reading, RecordType, RejectedRecord

PIECES: Final[Mapping[str, RecordType]] = {
    records.MEMORY: RecordType.MEMORIES,
    records.VERSION_OF: RecordType.VERSIONS,
    records.EVENT: RecordType.EVENTS,
    records.RELATIONSHIP: RecordType.RELATIONSHIPS,
}
_TAIL: Final = 4_096
"""The manifest is shorter than this."""


@dataclass(slots=True)
class _Tally:
    """What a manifest says: of each kind, how many lines and a checksum of them."""

    counts: Counter[RecordType] = field(default_factory=Counter)
    sums: dict[RecordType, Any] = field(
        default_factory=lambda: {piece: sha256() for piece in RecordType}
    )

    def add(self, piece: RecordType, line: bytes) -> None:
        self.counts[piece] += 1
        self.sums[piece].update(line + b"\n")

    def manifest(self) -> JsonObject:
        return {
            "kind": records.MANIFEST,
            "counts": {piece: self.counts[piece] for piece in RecordType},
            "sha256": {piece: self.sums[piece].hexdigest() for piece in RecordType},
        }


class JsonLinesSink:
    """Fulfils ports.records.Sink."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._tally = _Tally()

    def begin(self, titles: Iterator[tuple[str, str]]) -> None:
        self._line({"kind": records.HEADER, "formatVersion": records.VERSION})

    def memory(self, dossier: MemoryRecord, links: Sequence[Relationship]) -> None:
        self._line(records.of_memory(dossier.memory))
        for version in dossier.versions:
            self._line(records.of_version(version))
        for event in dossier.events:
            self._line(records.of_event(event))

    def relationship(self, relationship: Relationship) -> None:
        self._line(records.of_relationship(relationship))

    def end(self) -> None:
        self._line(self._tally.manifest())

    def _line(self, record: JsonObject) -> None:
        line = records.line(record)
        if piece := PIECES.get(str(record["kind"])):
            self._tally.add(piece, line)
        self._file.write(line + b"\n")


def read(path: Path, now: int) -> Iterator[Reading]:  # noqa: ARG001 - all readers are called alike
    """Everything that a file holds, in its order. Raises UnknownFormat for a newer one."""
    with path.open("rb") as file:
        yield from _Reader().read(numbered(file))


def expected(path: Path) -> int | None:
    """How many memories and relationships a file says it has, without reading it all."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read().strip().rpartition(b"\n")[2]
    try:
        counts = json_fields.as_object("counts", json_fields.parse_object(tail).get("counts"))
        return sum(
            json_fields.whole(counts, piece)
            for piece in (RecordType.MEMORIES, RecordType.RELATIONSHIPS)
        )
    except InvalidField:
        return None


@dataclass(slots=True)
class _Draft:
    """A memory whose versions and events are still coming."""

    place: str
    memory: Memory
    versions: dict[int, MemoryVersion] = field(default_factory=dict)
    events: dict[str, MemoryEvent] = field(default_factory=dict)

    def found(self) -> ParsedRecord:
        versions = tuple(self.versions[number] for number in sorted(self.versions))
        return ParsedRecord(
            self.place, MemoryRecord(self.memory, versions, tuple(self.events.values()))
        )

    def add_version(self, version: MemoryVersion) -> None:
        self._check(version.memory_id)
        if version.version >= self.memory.version:
            raise InvalidField("version", "is not earlier than the present one of its memory")
        if self.versions.setdefault(version.version, version) is not version:
            raise InvalidField("version", "comes a second time")

    def add_event(self, event: MemoryEvent) -> None:
        self._check(event.memory_id)
        if event.version > self.memory.version:
            raise InvalidField("version", "is later than the present one of its memory")
        if self.events.setdefault(event.id, event) is not event:
            raise InvalidField("id", "comes a second time")

    def _check(self, memory_id: str) -> None:
        if memory_id != self.memory.id:
            raise InvalidField("memoryId", "is not the memory that these lines follow")


class _Reader:
    """Puts the lines of each memory together again."""

    def __init__(self) -> None:
        self._draft: _Draft | None = None
        self._tally = _Tally()
        self._is_complete = False

    def read(self, lines: Iterator[tuple[int, bytes | str]]) -> Iterator[Reading]:
        for number, line in lines:
            place = f"line {number}"
            if isinstance(line, str):
                yield RejectedRecord(place, line)
                continue
            try:
                yield from self._line(number, place, line)
            except InvalidField as error:
                yield RejectedRecord(place, str(error))
        yield from self._settled()
        if not self._is_complete:
            yield RejectedRecord("the end", "has no manifest: the export was cut short")

    def _line(self, number: int, place: str, line: bytes) -> Iterator[Reading]:
        record = json_fields.parse_object(line)
        kind = record.get("kind")
        if kind == records.HEADER:
            _check_version(record)
            return
        if kind == records.MANIFEST:
            self._is_complete = True
            yield from self._settled()
            yield from self._compared(place, record)
            return
        if not isinstance(kind, str) or kind not in PIECES:
            raise InvalidField("kind", f"must be one of {', '.join(PIECES)}")
        self._tally.add(PIECES[kind], line)
        yield from self._piece(PIECES[kind], place, record)

    def _piece(self, piece: RecordType, place: str, record: JsonObject) -> Iterator[Reading]:
        match piece:
            case RecordType.MEMORIES:
                yield from self._settled()
                self._draft = _Draft(place, records.memory(record))
            case RecordType.VERSIONS:
                self._require().add_version(records.version(record))
            case RecordType.EVENTS:
                self._require().add_event(records.event(record))
            case RecordType.RELATIONSHIPS:
                yield from self._settled()
                yield ParsedRecord(place, records.relationship(record))

    def _require(self) -> _Draft:
        if self._draft is None:
            raise InvalidField("memoryId", "follows no memory, or one that was refused")
        return self._draft

    def _settled(self) -> Iterator[Reading]:
        draft, self._draft = self._draft, None
        if draft is not None:
            yield draft.found()

    def _compared(self, place: str, manifest: JsonObject) -> Iterator[Reading]:
        """What the manifest says that the file does not hold."""
        mine = self._tally.manifest()
        for name, what in (("counts", "how many"), ("sha256", "which")):
            theirs = json_fields.as_object(name, manifest.get(name))
            found = json_fields.as_object(name, mine[name])
            wrong = [piece for piece in RecordType if theirs.get(piece) != found[piece]]
            if wrong:
                yield RejectedRecord(
                    place,
                    f"the manifest says otherwise {what} {' and '.join(wrong)} there are: the file "
                    "was changed after the export. What it holds now was taken",
                )
                return


def _check_version(header: JsonObject) -> None:
    if json_fields.whole(header, "formatVersion", least=1) > records.VERSION:
        raise UnknownFormat(
            f"The file has version {header['formatVersion']} of the export format; this Memorizer "
            f"reads up to {records.VERSION}. Install the version that wrote it, or a later one."
        )
