"""The lines of a file, one at a time, however long or broken they are."""

from collections.abc import Iterator
from typing import IO, Final

LONGEST: Final = 16 * 2**20
"""Bytes of a line; the longest text takes 3 MB when every character of it is escaped."""
_BOM: Final = b"\xef\xbb\xbf"


def numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes | str]]:
    """Each line that is not blank with its number from 1: its bytes, or what is wrong with it."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield number, f"is longer than {LONGEST // 2**20} MB"
            continue
        content = line.removeprefix(_BOM) if number == 1 else line
        if content.strip():
            yield number, content.rstrip(b"\r\n")
