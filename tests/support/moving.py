"""Moving memories out and in, as tests need it."""

import io
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from memorizer.adapters.formats import memorizer_export
from memorizer.domain.memories import Relationship
from memorizer.domain.records import (
    ExpectedRecords,
    ImportNote,
    MemoryRecord,
    OnConflict,
    ParsedRecord,
    Reading,
    RejectedRecord,
    SourceListing,
)
from memorizer.services import MemoryServices
from memorizer.services.import_ import Report

NOW = 1_700_000_000_000


async def exported(services: MemoryServices) -> bytes:
    """Everything, as JSON Lines."""
    file = io.BytesIO()
    await services.export.write(memorizer_export.MemorizerExportSink(file))
    return file.getvalue()


async def imported(
    services: MemoryServices,
    readings: Iterator[Reading],
    *,
    dry_run: bool = False,
    on_conflict: OnConflict = OnConflict.REFUSE,
) -> tuple[Report, list[RejectedRecord]]:
    """What an import did, and what it refused."""
    refusals: list[RejectedRecord] = []
    report = await services.import_.run(
        readings, dry_run=dry_run, on_conflict=on_conflict, refused=refusals.append
    )
    return report, refusals


def sorted_out(
    readings: Iterator[Reading],
) -> tuple[list[MemoryRecord], list[Relationship], list[str]]:
    """The memories, the relationships, and the refusals as `place: reason`."""
    dossiers: list[MemoryRecord] = []
    links: list[Relationship] = []
    refused: list[str] = []
    for reading in readings:
        match reading:
            case ImportNote() | SourceListing() | ExpectedRecords():
                pass
            case RejectedRecord(place, reason):
                refused.append(f"{place}: {reason}")
            case ParsedRecord(_, MemoryRecord() as dossier):
                dossiers.append(dossier)
            case ParsedRecord(_, Relationship() as link):
                links.append(link)
    return dossiers, links, refused


def contents(dossiers: list[MemoryRecord]) -> list[tuple[str | None, str, str, tuple[str, ...]]]:
    """Title, type, text and tags of each."""
    found = [dossier.memory.content for dossier in dossiers]
    return [(content.title, content.type, content.text, content.tags) for content in found]


def zipped(path: Path, files: dict[str, bytes | str]) -> Path:
    """A zip with these files."""
    with ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(folder: Path, files: dict[str, bytes | str]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder
