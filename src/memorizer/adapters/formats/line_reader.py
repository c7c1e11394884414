"""Reads files line by line, with a limit on the length of a line."""

from collections.abc import Iterator
from typing import IO, Final

MAX_LINE_BYTES: Final = 16 * 2**20
"""The longest text takes 3 MB when each of its characters is escaped."""
_BOM: Final = b"\xef\xbb\xbf"


def numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes | str]]:
    """Yield the numbers (from 1) of non-blank lines with their bytes, or with an error message."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, f"is longer than {MAX_LINE_BYTES // 2**20} MB"
            continue
        content = line.removeprefix(_BOM) if number == 1 else line
        if content.strip():
            yield number, content.rstrip(b"\r\n")
