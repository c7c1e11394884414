"""Reads files line by line, with a limit on the length of a line."""

import codecs
from collections.abc import Iterator
from typing import IO, Final

from memorizer.adapters.formats.decoding import as_utf_8

MAX_LINE_BYTES: Final = 16 * 2**20
"""The longest text takes 3 MB when each of its characters is escaped."""


def numbered(file: IO[bytes], *, is_utf_8: bool = False) -> Iterator[tuple[int, bytes | str]]:
    """Yield the numbers (from 1) of non-blank lines as UTF-8, or an error message.

    A file that `is_utf_8` is read once, from where it is: its encoding is not looked for.
    """
    file, number = file if is_utf_8 else as_utf_8(file), 0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, f"is longer than {MAX_LINE_BYTES // 2**20} MB"
            continue
        if line.strip():
            yield number, line.rstrip(b"\r\n")
