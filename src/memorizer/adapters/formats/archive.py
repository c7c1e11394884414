"""The files in a folder or in a zip, and a single file, as if they were the same."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile, is_zipfile

from memorizer.domain.errors import InvalidField, UnknownFormat

BROKEN: Final = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a damaged, encrypted or strange zip raises."""

Open = Callable[[], IO[bytes]]


@contextmanager
def inside(path: Path) -> Iterator[list[tuple[str, Open]]]:
    """Names (with /) and openers of all files, in the order of names. Raises UnknownFormat."""
    if path.is_dir():
        yield _in_folder(path)
    elif is_zipfile(path):
        try:
            with ZipFile(path) as archive:
                yield _in_zip(archive)
        except BROKEN as error:
            raise UnknownFormat(f"{path} is a zip that cannot be read: {error}.") from error
    else:
        yield [(path.name, _opener(path))]


def whole(open_: Open, most: int) -> bytes:
    """All bytes of a file that should not be large. Raises InvalidField."""
    try:
        with open_() as file:
            content = file.read(most + 1)
    except (*BROKEN, OSError) as error:
        raise InvalidField("file", f"cannot be read: {error}") from None
    if len(content) > most:
        raise InvalidField("file", f"is larger than {most:,} bytes")
    return content


def _in_folder(folder: Path) -> list[tuple[str, Open]]:
    """Hidden files and folders, as editors keep them, are left out, and so are links."""
    found: list[tuple[str, Open]] = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not file.is_symlink() and not any(p.startswith(".") for p in parts):
            found.append(("/".join(parts), _opener(file)))
    return found


def _in_zip(archive: ZipFile) -> list[tuple[str, Open]]:
    return [
        (entry.filename, partial(archive.open, entry))
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename)
        if not entry.is_dir()
    ]


def _opener(file: Path) -> Open:
    def open_() -> IO[bytes]:
        return file.open("rb")

    return open_
