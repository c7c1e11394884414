"""The names and permissions of the files that an export writes: readable by their owner alone."""

import os
import re
import unicodedata
from pathlib import Path
from typing import IO, Final

PRIVATE: Final = 0o600


PRIVATE_FOLDER: Final = 0o700


_NEW: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
"""Never a file, nor a link, that somebody else put there."""


def create(path: Path) -> IO[bytes]:
    """Open a new file for writing. Raises FileExistsError where there is one, or a link."""
    return open(os.open(path, _NEW, PRIVATE), "wb")  # noqa: PTH123 - with a mode from the beginning


MAX_NAME_CHARACTERS: Final = 80


MAX_NAME_BYTES: Final = 180
"""File systems allow 255 bytes; an id and the suffix are added."""


DEFAULT_NAME: Final = "memory"


# of Windows and of links in Obsidian
_FORBIDDEN: Final = re.compile(r'[\\/:*?"<>|#^\[\]]')


_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Names:
    """Gives each memory a unique file name; later ones with an equal title get a part of the id."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()

    def add(self, memory_id: str, title: str) -> None:
        """Choose the file name of a memory."""
        name = readable(title)
        for candidate in (name, f"{name} {memory_id[-8:]}", f"{name} {memory_id}"):
            if candidate.casefold() not in self._taken:
                break
        self._taken.add(candidate.casefold())
        self._names[memory_id] = candidate

    def __getitem__(self, memory_id: str) -> str:
        return self._names[memory_id]


def readable(title: str) -> str:
    """Return a title as a file name without suffix."""
    plain = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", title))
    plain = "".join(c if c.isprintable() else " " for c in plain)
    name = _cut(" ".join(plain.split())).strip(" .")
    return f"{name}_" if _RESERVED.fullmatch(name) else name or DEFAULT_NAME


def _cut(name: str) -> str:
    short = name[:MAX_NAME_CHARACTERS].encode()[:MAX_NAME_BYTES]
    return short.decode(errors="ignore")
