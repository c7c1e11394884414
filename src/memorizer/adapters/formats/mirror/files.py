"""Writing and deleting the mirror's files: each as a whole, none through a link, none of others."""

import errno
import os
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Final

from memorizer.adapters.formats.mirror.ledger import Entry
from memorizer.adapters.formats.output_files import PRIVATE_FOLDER, create

if TYPE_CHECKING:
    from memorizer.adapters.formats.mirror.plan import PlannedNote

_OF_ONE_FILE: Final = frozenset(
    {
        *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),
        *(errno.EINVAL, errno.EILSEQ, errno.EXDEV, errno.ENOTEMPTY),
    }
)
"""Errors that say nothing about other files."""


class InTheWay(Exception):
    """Something that is not the mirror's is where a file belongs."""


class MirrorFiles:
    """The files below the root of a mirror; `problems` are those that could not be written."""

    def __init__(self, root: Path, part: Path) -> None:
        """`part` is where a file is written before it gets its name."""
        self._root = root
        self._part = part
        self._folders: set[Path] = {root}
        self.problems: list[str] = []

    def write(self, note: "PlannedNote", known: Entry | None) -> tuple[int, int] | None:
        """Write a note; return size and time of change (ns), None where something is in its way.

        Raises OSError where the folder as a whole cannot be written.
        """
        target = self._root / note.path
        try:
            self._make_folders(target.parent)
            self._write(target, note, known)
            status = target.lstat()
        except InTheWay as error:
            self.problems.append(f"{note.path}: {error}")
            return None
        except OSError as error:
            if error.errno not in _OF_ONE_FILE:
                raise
            self.problems.append(f"{note.path}: {error.strerror}")
            return None
        return status.st_size, status.st_mtime_ns

    def _write(self, target: Path, note: "PlannedNote", known: Entry | None) -> None:
        found = read(target)
        if found is not None and digest(found) == note.digest:
            return
        is_ours = known is not None and known.was_written
        if found is not None and not is_ours and not _is_of(found, note.memory_id):
            raise InTheWay("is there, and is none of the mirror's")
        self._replace(target, note.content)

    def write_text(self, path: str, content: bytes) -> None:
        """Write a file that is not of a memory, unless it is there in whatever form."""
        target = self._root / path
        if not os.path.lexists(target):
            self._replace(target, content)

    def is_as_written(self, entry: Entry) -> bool:
        """Whether a file has the content that was written."""
        target = self._root / entry.path
        try:
            status = target.lstat()
            if (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns):
                return S_ISREG(status.st_mode)
            found = read(target)
        except (OSError, InTheWay):
            return False
        return found is not None and digest(found) in entry.digests.split()

    def is_free(self, path: str, memory_id: str) -> bool:
        """Whether nothing is at this path but, perhaps, a note of this memory."""
        target = self._root / path
        if not os.path.lexists(target):
            return True
        try:
            found = read(target)
        except (OSError, InTheWay):
            return False
        return found is not None and _is_of(found, memory_id)

    def remove(self, entry: Entry) -> None:
        """Delete a file that is as it was written, and the folders that become empty."""
        target = self._root / entry.path
        try:
            if self._is_below_links(target.parent):
                return
            found = read(target)
            if found is None or digest(found) not in entry.digests.split():
                return  # somebody's own by now
            target.unlink()
            for folder in target.relative_to(self._root).parents[:-1]:
                (self._root / folder).rmdir()
                self._folders.discard(self._root / folder)
        except InTheWay:
            return
        except OSError as error:
            if error.errno not in _OF_ONE_FILE and error.errno != errno.ENOENT:
                raise

    def _replace(self, target: Path, content: bytes) -> None:
        self._part.unlink(missing_ok=True)
        with create(self._part) as out:
            out.write(content)
        self._part.replace(target)

    def _make_folders(self, folder: Path) -> None:
        if folder in self._folders:
            return
        self._make_folders(folder.parent)
        if folder.is_symlink():
            raise InTheWay(f"{folder.relative_to(self._root)} is a link, which is not followed")
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        self._folders.add(folder)

    def _is_below_links(self, folder: Path) -> bool:
        parents = [folder, *folder.parents]
        return any(path.is_symlink() for path in parents[: parents.index(self._root)])


def read(target: Path) -> bytes | None:
    """Return the content of a file; None for none. Raises InTheWay for what is no file."""
    try:
        status = target.lstat()
    except FileNotFoundError:
        return None
    if not S_ISREG(status.st_mode):
        raise InTheWay("is a link or no file")
    return target.read_bytes()


def digest(content: bytes) -> str:
    """Return by what content is known."""
    return sha256(content).hexdigest()[:32]


def _is_of(content: bytes, memory_id: str) -> bool:
    """Whether a file is a note that was written for this memory."""
    return content.startswith(f'---\nid: "{memory_id}"\n'.encode())
