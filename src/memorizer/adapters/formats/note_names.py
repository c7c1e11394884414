"""The names by which notes link to each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from memorizer.adapters.formats.note_markup import Link
from memorizer.domain.memories import fold

ENDINGS: Final = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".txt")
"""Of the files that are notes, in any case."""
PATH, TITLE, ALIAS, PERMALINK = range(4)
"""Kinds of names; of several notes with a name, the first kind counts."""

_Found = tuple[int, int, str]  # kind, depth of the folder, path


def is_note(name: str) -> bool:
    """Whether a file's name ends as a note's does."""
    return name.lower().endswith(ENDINGS)


def without_ending(name: str) -> str:
    """Return a note's path without its ending."""
    return name[: name.rindex(".")] if is_note(name) else name


@dataclass(slots=True)
class NoteNames:
    """Finds the path of the note that a link means.

    As in Obsidian, the end of a path is enough. Of several notes that have a name in the same way,
    one of the same folder comes first, then one in the least deep folder.
    """

    _paths: dict[str, str] = field(default_factory=dict)
    _names: dict[str, _Found] = field(default_factory=dict)
    _in_folders: dict[tuple[str, str], _Found] = field(default_factory=dict)
    _files: set[str] = field(default_factory=set)

    def add_file(self, path: str) -> None:
        """Add a file that is no note."""
        for end in _ends(fold(path)):
            self._files.add(end)

    def add(
        self, path: str, *, title: str, permalink: str = "", aliases: Iterable[str] = ()
    ) -> None:
        """Add a note."""
        plain = without_ending(path)
        self._paths.setdefault(fold(plain), path)
        for end in _ends(plain):
            self._put(end, PATH, path)
        for end in _ends(permalink):
            self._put(end, PERMALINK, path)
        self._put(title, TITLE, path)
        for alias in aliases:
            self._put(alias, ALIAS, path)

    def find(self, link: Link, from_path: str) -> str | None:
        """Return the path of the note that a link in another note means."""
        folder = from_path.rpartition("/")[0]
        target = link.target.replace("\\", "/").strip()
        name = without_ending(target)
        if link.is_path or target.startswith(("./", "../", "/")):
            relative = _joined("" if target.startswith("/") else folder, name)
            found = self._paths.get(fold(relative))
            if found is not None or target.startswith("."):
                return found
        plain = fold(name.strip("/"))
        if (exact := self._paths.get(plain)) is not None:
            return exact
        best = self._names.get(plain)
        if best is None and name != target:
            best = self._names.get(fold(target))  # a title may end so, too
        if best is None and "%" in name and not link.is_path:
            best = self._names.get(fold(unquote(name)).strip("/"))
        near = self._in_folders.get((folder, plain))
        if best and near and near[0] == best[0]:
            best = near
        return best[2] if best else None

    def is_other_file(self, link: Link) -> bool:
        """Whether a link means a file that is no note: one that is here, or by its ending."""
        name = fold(link.target.replace("\\", "/")).lstrip("./")
        ending = name.rpartition("/")[2].rpartition(".")[2]
        return name in self._files or (
            link.is_embed and not is_note(name) and ending.isalnum() and ending != name
        )

    def _put(self, name: str, kind: int, path: str) -> None:
        if not name:
            return
        folder, key = path.rpartition("/")[0], fold(name)
        found = (kind, path.count("/"), path)
        self._names[key] = min(found, self._names.get(key, found))
        in_folder = (folder, key)
        self._in_folders[in_folder] = min(found, self._in_folders.get(in_folder, found))


def _ends(path: str) -> list[str]:
    """Return a path, and what is left of it without its first folders."""
    parts = path.strip("/").split("/")
    return ["/".join(parts[start:]) for start in range(len(parts))]


def _joined(folder: str, path: str) -> str:
    """Return a path relative to a folder, without `.` and `..`."""
    parts = folder.split("/") if folder else []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
