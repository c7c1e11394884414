"""Implements ports.record_files.RecordFiles for all formats."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from memorizer.adapters.formats import detect
from memorizer.adapters.formats.markdown import MarkdownSink, into_zip
from memorizer.adapters.formats.memorizer_export import MemorizerExportSink, expected
from memorizer.adapters.formats.output_files import create
from memorizer.domain.records import ExpectedRecords, ExportFormat, Reading
from memorizer.ports.records import Sink


class FormatFiles:
    """Reads what `memorizer import` reads, and writes what `memorizer export` writes."""

    def read(self, path: Path, format_: str | None, now: int) -> tuple[str, Iterator[Reading]]:
        name, read = detect.reader(path, format_)
        return name, _with_total(path, name, read(path, now))

    @contextmanager
    def sink(self, format_: ExportFormat, path: Path) -> Iterator[Sink]:
        with create(path) as out:
            if format_ is ExportFormat.JSONL:
                yield MemorizerExportSink(out)
            else:
                with ZipFile(out, "w") as archive:
                    yield MarkdownSink(into_zip(archive))


def _with_total(path: Path, name: str, readings: Iterator[Reading]) -> Iterator[Reading]:
    """Yield first how many memories our own export says it has."""
    if name == detect.MEMORIZER and (total := expected(path)) is not None:
        yield ExpectedRecords(total)
    yield from readings
