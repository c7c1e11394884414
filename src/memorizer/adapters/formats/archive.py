"""Lists and opens the files in a folder or a zip, or a single file: the same files in both."""

import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Final
from unicodedata import normalize
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from memorizer.domain.errors import InvalidField, UnknownFormat

READ_ERRORS: Final = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a damaged, encrypted or unsupported zip raises."""
_NAMES_ARE_UTF_8: Final = 0x800  # a flag of a zip's entry
_OF_SYSTEMS: Final = {"__MACOSX", "$RECYCLE.BIN", "System Volume Information"}

Open = Callable[[], IO[bytes]]


class FileList(list[tuple[str, Open]]):
    """Paths and openers of files, and the folder of a zip (with / at its end) that held them."""

    folder: str = ""


@contextmanager
def open_files(path: Path) -> Iterator[FileList]:
    """Yield paths (with /, in NFC) and openers of all files, sorted by path. Raises UnknownFormat.

    Hidden files and folders (so `.trash` and `.obsidian`), what Macs and Windows add, and symbolic
    links are left out. The one folder that holds all of a zip is no part of the paths.
    """
    if path.is_dir():
        yield _in_folder(path)
    elif is_zipfile(path):
        try:
            with ZipFile(path) as archive:
                yield _in_zip(archive)
        except READ_ERRORS as error:
            raise UnknownFormat(f"{path} is a zip that cannot be read: {error}.") from error
    else:
        yield FileList([(path.name, _opener(path))])


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


def _in_folder(root: Path) -> FileList:
    found = FileList()
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not _is_left_out(name)]
        parts = Path(folder).relative_to(root).parts
        for name in files:
            file = Path(folder, name)
            if not _is_left_out(name) and file.is_file() and not file.is_symlink():
                found.append((normalize("NFC", "/".join((*parts, name))), _opener(file)))
    found.sort(key=_path)
    return found


def _in_zip(archive: ZipFile) -> FileList:
    found = FileList()
    for entry in archive.infolist():
        parts = _parts(entry)
        if parts and not entry.is_dir() and not any(map(_is_left_out, parts)):
            found.append(("/".join(parts), partial(archive.open, entry)))
    top = {name.partition("/")[0] for name, _ in found}
    if len(top) == 1 and all("/" in name for name, _ in found):
        found = FileList((name.partition("/")[2], open_) for name, open_ in found)
        found.folder = f"{top.pop()}/"
    found.sort(key=_path)
    return found


def _path(file: tuple[str, Open]) -> list[str]:
    return file[0].split("/")


def _parts(entry: ZipInfo) -> list[str]:
    """Return the parts of a path; `..` goes nowhere, and programs of Windows write backslashes."""
    name = entry.filename
    if not entry.flag_bits & _NAMES_ARE_UTF_8:
        with suppress(UnicodeError):  # Macs write UTF-8 without saying so
            name = name.encode("cp437").decode()
    parts = normalize("NFC", name).replace("\\", "/").split("/")
    return [part for part in parts if part not in ("", ".", "..")]


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name in _OF_SYSTEMS


def _opener(file: Path) -> Open:
    def open_() -> IO[bytes]:
        return file.open("rb")

    return open_
