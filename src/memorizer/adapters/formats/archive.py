"""Lists and opens the files in a folder or a zip, or a single file."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile, is_zipfile

from memorizer.domain.errors import InvalidField, UnknownFormat

READ_ERRORS: Final = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a damaged, encrypted or unsupported zip raises."""

Open = Callable[[], IO[bytes]]


@contextmanager
def open_files(path: Path) -> Iterator[list[tuple[str, Open]]]:
    """Yield paths (with /) and openers of all files, sorted by path. Raises UnknownFormat."""
    if path.is_dir():
        yield _in_folder(path)
    elif is_zipfile(path):
        try:
            with ZipFile(path) as archive:
                yield _in_zip(archive)
        except READ_ERRORS as error:
            raise UnknownFormat(f"{path} is a zip that cannot be read: {error}.") from error
    else:
        yield [(path.name, _opener(path))]


def read_all(open_: Open, max_bytes: int) -> bytes:
    """Return the content of a file. Raises InvalidField for one that is larger or unreadable."""
    try:
        with open_() as file:
            content = file.read(max_bytes + 1)
    except (*READ_ERRORS, OSError) as error:
        raise InvalidField("file", f"cannot be read: {error}") from None
    if len(content) > max_bytes:
        raise InvalidField("file", f"is larger than {max_bytes:,} bytes")
    return content


def _in_folder(folder: Path) -> list[tuple[str, Open]]:
    """List files without hidden files, hidden folders and symbolic links."""
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
