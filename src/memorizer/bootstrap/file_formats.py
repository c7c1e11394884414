"""The file formats of import and export, for the command line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from memorizer.adapters.formats import (
    detect,
    memorizer_export,
    notes,
    output_files,
    workspaces,
)
from memorizer.adapters.formats.markdown import MarkdownSink, into_folder, into_zip
from memorizer.domain.errors import UnknownFormat
from memorizer.domain.records import Reading
from memorizer.services.export import Export, ExportProgress


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file to import, once its format is known."""

    path: Path
    format: str
    read: detect.Read

    def readings(self, now: int) -> Iterator[Reading]:
        """Read the records one by one. `now`: UTC milliseconds, for records without a date."""
        return self.read(self.path, now)

    def expected(self) -> int | None:
        """Return the number of memories; None where the format lacks it. Raises OSError."""
        return memorizer_export.expected(self.path) if self.format == detect.MEMORIZER else None


def open_import(
    path: Path, format_: str | None, *, with_tools: bool = False, folders: bool = False
) -> ImportFile:
    """Open a file in this format, or in the one that is detected. Raises UnknownFormat.

    `with_tools`: take from transcripts what tools did, too. `folders`: make a workspace of each
    folder of notes.
    """
    name, read = detect.reader(path, format_)
    if with_tools:
        read = detect.READERS_WITH_TOOLS.get(name, read)
    if not folders:
        return ImportFile(path, name, read)
    if name != notes.NAME:
        raise UnknownFormat(f"{path} has the format {name}, which has no folders of notes.")
    return ImportFile(path, name, lambda path, now: workspaces.in_folders(read(path, now), now))


async def export_jsonl(export: Export, out: IO[bytes], watch: ExportProgress) -> None:
    """Write what the export sees as JSON Lines. Raises OSError, StorageUnavailable."""
    await export.write(memorizer_export.MemorizerExportSink(out), watch)


async def export_markdown(export: Export, target: Path | ZipFile, watch: ExportProgress) -> None:
    """Write a note for each memory, into a folder or a ZIP. Raises OSError, StorageUnavailable."""
    put = into_folder(target) if isinstance(target, Path) else into_zip(target)
    await export.write(MarkdownSink(put), watch)


def is_document(name: str) -> bool:
    """Whether files of this name can be ingested, to choose among those of a folder."""
    from memorizer.adapters.documents.kinds import is_known  # noqa: PLC0415 - for `ingest` alone

    return is_known(name)


def create_private_file(path: Path) -> IO[bytes]:
    """Open a new file that only its owner may read. Raises FileExistsError."""
    return output_files.create(path)
