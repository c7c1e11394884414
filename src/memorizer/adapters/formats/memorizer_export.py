"""Memorizer's own export: JSON Lines, a memory followed by its earlier versions and its events.

The first line names the format, then come workspaces, then the memories. The last line is the
manifest: how many lines of each kind there are, and a SHA-256 of them. Files are written and read
line by line, in constant memory.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from memorizer.adapters.formats import json_fields, records
from memorizer.adapters.formats.line_reader import numbered
from memorizer.domain.errors import InvalidField, UnknownFormat
from memorizer.domain.memories import JsonObject, Memory, MemoryEvent, MemoryVersion, Relationship
from memorizer.domain.records import (
    DocumentRecord,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RecordType,
    RejectedRecord,
)
from memorizer.domain.workspaces import Workspace

PIECES: Final[Mapping[str, RecordType]] = {
    records.MEMORY: RecordType.MEMORIES,
    records.VERSION_OF: RecordType.VERSIONS,
    records.EVENT: RecordType.EVENTS,
    records.RELATIONSHIP: RecordType.RELATIONSHIPS,
    records.WORKSPACE: RecordType.WORKSPACES,
    records.DOCUMENT: RecordType.DOCUMENTS,
}
OPTIONAL: Final = (RecordType.WORKSPACES, RecordType.DOCUMENTS)
_MAX_MANIFEST_BYTES: Final = 4_096


@dataclass(slots=True)
class _ManifestBuilder:
    """Counts lines and computes a checksum of them, for each record type."""

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
            "counts": {piece: self.counts[piece] for piece in self._pieces()},
            "sha256": {piece: self.sums[piece].hexdigest() for piece in self._pieces()},
        }

    def _pieces(self) -> list[RecordType]:
        """Return the kinds that are listed: workspaces and documents only where there are any."""
        return [piece for piece in RecordType if self.counts[piece] or piece not in OPTIONAL]


class MemorizerExportSink:
    """Implements ports.records.Sink."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._manifest = _ManifestBuilder()

    def begin(
        self,
        titles: Iterator[tuple[str, str]],
        workspaces: Sequence[Workspace],
        *,
        has_documents: bool = False,
    ) -> None:
        version = records.WITHOUT_DOCUMENTS if workspaces else records.WITHOUT_WORKSPACES
        version = records.VERSION if has_documents else version
        self._line({"kind": records.HEADER, "formatVersion": version})
        for workspace in workspaces:
            self._line(records.of_workspace(workspace))

    def memory(self, record: MemoryRecord, links: Sequence[Relationship]) -> None:
        self._line(records.of_memory(record.memory))
        for version in record.versions:
            self._line(records.of_version(version))
        for event in record.events:
            self._line(records.of_event(event))

    def relationship(self, relationship: Relationship) -> None:
        self._line(records.of_relationship(relationship))

    def document(self, record: DocumentRecord) -> None:
        self._line(records.of_document(record))

    def end(self) -> None:
        self._line(self._manifest.manifest())

    def _line(self, record: JsonObject) -> None:
        line = records.line(record)
        if piece := PIECES.get(str(record["kind"])):
            self._manifest.add(piece, line)
        self._file.write(line + b"\n")


def read(path: Path, now: int) -> Iterator[Reading]:  # noqa: ARG001 - all readers are called alike
    """Yield all records in their order. Raises UnknownFormat for a newer version of the format."""
    with path.open("rb") as file:
        yield from _Reader().read(numbered(file))


def expected(path: Path) -> int | None:
    """Return the number of records by the manifest, or None without one."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _MAX_MANIFEST_BYTES))
        tail = file.read().strip().rpartition(b"\n")[2]
    try:
        counts = json_fields.as_object("counts", json_fields.parse_object(tail).get("counts"))
        counts = {**dict.fromkeys(OPTIONAL, 0), **counts}
        return sum(
            json_fields.whole(counts, piece)
            for piece in (*OPTIONAL, RecordType.MEMORIES, RecordType.RELATIONSHIPS)
        )
    except InvalidField:
        return None


@dataclass(slots=True)
class _Draft:
    """A memory whose versions and events are being read."""

    place: str
    memory: Memory
    versions: dict[int, MemoryVersion] = field(default_factory=dict)
    events: dict[str, MemoryEvent] = field(default_factory=dict)

    def finish(self) -> ParsedRecord:
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
    """Groups the lines of each memory to a record."""

    def __init__(self) -> None:
        self._draft: _Draft | None = None
        self._manifest = _ManifestBuilder()
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
        yield from self._finish_draft()
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
            yield from self._finish_draft()
            yield from self._check_manifest(place, record)
            return
        if not isinstance(kind, str) or kind not in PIECES:
            raise InvalidField("kind", f"must be one of {', '.join(PIECES)}")
        self._manifest.add(PIECES[kind], line)
        yield from self._piece(PIECES[kind], place, record)

    def _piece(self, piece: RecordType, place: str, record: JsonObject) -> Iterator[Reading]:
        match piece:
            case RecordType.MEMORIES:
                yield from self._finish_draft()
                self._draft = _Draft(place, records.memory(record))
            case RecordType.VERSIONS:
                self._require().add_version(records.version(record))
            case RecordType.EVENTS:
                self._require().add_event(records.event(record))
            case RecordType.WORKSPACES:
                yield from self._finish_draft()
                yield ParsedRecord(place, records.workspace(record))
            case RecordType.RELATIONSHIPS:
                yield from self._finish_draft()
                yield ParsedRecord(place, records.relationship(record))
            case RecordType.DOCUMENTS:
                yield from self._finish_draft()
                yield ParsedRecord(place, records.document(record))

    def _require(self) -> _Draft:
        if self._draft is None:
            raise InvalidField("memoryId", "follows no memory, or one that was refused")
        return self._draft

    def _finish_draft(self) -> Iterator[Reading]:
        draft, self._draft = self._draft, None
        if draft is not None:
            yield draft.finish()

    def _check_manifest(self, place: str, manifest: JsonObject) -> Iterator[Reading]:
        """Yield a RejectedRecord if counts or checksums differ from the manifest."""
        mine = self._manifest.manifest()
        for name, what in (("counts", "how many"), ("sha256", "which")):
            theirs = json_fields.as_object(name, manifest.get(name))
            found = json_fields.as_object(name, mine[name])
            wrong = [piece for piece in RecordType if theirs.get(piece) != found.get(piece)]
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
