"""Files of whole memories: those of other programs, and our own exports."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from memorizer.domain.records import ExportFormat, Reading
from memorizer.ports.records import Sink


class RecordFiles(Protocol):
    """Reads and writes files of memories. All methods block."""

    def read(self, path: Path, format_: str | None, now: int) -> tuple[str, Iterator[Reading]]:
        """Return the format and the records, lazily read; `now` (UTC ms) is for those without time.

        The format is detected where it is None. Raises UnknownFormat.
        """
        ...

    def sink(self, format_: ExportFormat, path: Path) -> AbstractContextManager[Sink]:
        """Yield what writes an export into a new file: JSON Lines, or a zip of Markdown notes."""
        ...
