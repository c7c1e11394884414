"""The names and permissions of the files that an export writes: readable by their owner alone."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable
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

    def __init__(
        self,
        is_free: Callable[[str, str], bool] = lambda _id, _name: True,
        reserved: Iterable[str] = (),
    ) -> None:
        """`is_free` says whether a memory may have a name that no other memory has."""
        self._names: dict[str, str] = {}
        self._taken = {name.casefold() for name in reserved}
        self._is_free = is_free

    def keep(self, memory_id: str, title: str, name: str) -> bool:
        """Let a memory have the name that it had; return whether it still fits."""
        fits = name in _candidates(memory_id, title) and name.casefold() not in self._taken
        if fits:
            self._put(memory_id, name)
        return fits

    def add(self, memory_id: str, title: str) -> None:
        """Choose the file name of a memory."""
        for candidate in _candidates(memory_id, title):
            if candidate.casefold() not in self._taken and self._is_free(memory_id, candidate):
                break
        self._put(memory_id, candidate)

    def _put(self, memory_id: str, name: str) -> None:
        self._taken.add(name.casefold())
        self._names[memory_id] = name

    def __getitem__(self, memory_id: str) -> str:
        return self._names[memory_id]


def _candidates(memory_id: str, title: str) -> tuple[str, str, str]:
    name = readable(title)
    return name, f"{name} {memory_id[-8:]}", f"{name} {memory_id}"


def readable(title: str) -> str:
    """Return a title as a file name without suffix."""
    plain = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", title))
    plain = "".join(c if c.isprintable() else " " for c in plain)
    name = _cut(" ".join(plain.split())).strip(" .")
    return f"{name}_" if _RESERVED.fullmatch(name) else name or DEFAULT_NAME


def _cut(name: str) -> str:
    short = name[:MAX_NAME_CHARACTERS].encode()[:MAX_NAME_BYTES]
    return short.decode(errors="ignore")
