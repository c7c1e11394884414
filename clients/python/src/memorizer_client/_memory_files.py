"""The commands of Anthropic's memory tool on memories with keys, as plans of requests.

Texts of answers are those of the SDK's own file tool, which models know.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anthropic.lib.tools import ToolError

from memorizer_client._decoding import decode
from memorizer_client._driving import Plan
from memorizer_client._requests import ApiRequest, by_key, fields_of, if_match
from memorizer_client.errors import Conflict, MemorizerError, NotFound
from memorizer_client.models import Memory, MemoryPage

ROOT: Final = "/memories"
MAX_LINES: Final = 999_999
NUMBER_WIDTH: Final = len(str(MAX_LINES))
DEPTH: Final = 2
"""Levels of a directory that are shown."""
CONTEXT_LINES: Final = 2
ATTEMPTS: Final = 5
"""Of an edit, while others write the same file."""
BLANK_TEXT: Final = "memoryTool.text"
"""Metadata with the content of a file that has nothing visible: a memory's text must have that."""
BLANK: Final = "(empty file)"


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """Files under `/memories`, as memories whose keys begin with `prefix`."""

    prefix: str
    """Ends with `/`."""

    def view(self, path: str, view_range: Sequence[int] | None) -> Plan[str]:
        """Return the numbered lines of a file, or what is in a directory."""
        name = _name(path)
        if name and (memory := (yield from self._find(name))) is not None:
            return _numbered(path, _content(memory), view_range)
        below = yield from self._below(name)
        if name and not below:
            raise ToolError(f"The path {path} does not exist. Please provide a valid path.")
        return _directory(path, self._sizes(name, below))

    def create(self, path: str, text: str) -> Plan[str]:
        """Make a file."""
        name = _file_name(path)
        parts = name.split("/")
        for end in range(1, len(parts)):
            parent = "/".join(parts[:end])
            if (yield from self._find(parent)) is not None:
                raise ToolError(f"The path {ROOT}/{parent} is not a directory.")
        if (yield from self._below(name)):
            raise ToolError(f"File {path} already exists")
        try:
            yield self._put(name, text, {"If-None-Match": "*"})
        except Conflict as error:
            raise ToolError(f"File {path} already exists") from error
        return f"File created successfully at: {path}"

    def str_replace(self, path: str, old: str, new: str) -> Plan[str]:
        """Replace what occurs once."""
        text = yield from self._edit(path, lambda text: _replaced(path, text, old, new))
        # the text before it is as it was, so the first place of the new one is where it begins
        return _snippet(*text)

    def insert(self, path: str, line: int, text: str) -> Plan[str]:
        """Insert lines behind a line; 0: at the beginning."""
        yield from self._edit(path, lambda before: (_inserted(before, line, text), 0))
        return f"The file {path} has been edited."

    def delete(self, path: str) -> Plan[str]:
        """Move a file, or all files of a directory, to the trash."""
        name = _name(path)
        if not name:
            raise ToolError(f"Cannot delete the {ROOT} directory itself")
        for memory in (yield from self._existing(path)):
            try:
                yield ApiRequest("DELETE", by_key(memory.key or ""))
            except NotFound:
                continue  # somebody else did
        return f"Successfully deleted {path}"

    def rename(self, old: str, new: str) -> Plan[str]:
        """Give a file, or all files of a directory, another path; they keep their versions."""
        old_name, new_name = _name(old), _file_name(new)
        if not old_name:
            raise ToolError(f"Cannot rename the {ROOT} directory itself")
        if new_name.startswith(f"{old_name}/"):
            raise ToolError(f"Cannot move {old} into itself")
        memories = yield from self._existing(old)
        is_taken = (yield from self._find(new_name)) or (yield from self._below(new_name))
        if is_taken:
            raise ToolError(f"The destination {new} already exists")
        start = len(self.prefix + old_name)
        for memory in memories:
            key = self.prefix + new_name + (memory.key or "")[start:]
            try:
                yield ApiRequest("PATCH", f"/api/memories/{memory.id}", body={"key": key})
            except Conflict as error:
                raise ToolError(f"The destination {new} already exists") from error
        return f"Successfully renamed {old} to {new}"

    def clear(self) -> Plan[str]:
        """Move all files to the trash."""
        for memory in (yield from self._below("")):
            yield ApiRequest("DELETE", by_key(memory.key or ""))
        return "All memory cleared"

    def _edit(self, path: str, change: Callable[[str], tuple[str, int]]) -> Plan[tuple[str, int]]:
        """Write the changed text as the next version; again when another one came in between."""
        for attempt in range(1, ATTEMPTS + 1):
            memory = yield from self._file(path)
            changed = change(_content(memory))
            try:
                yield self._put(_name(path), changed[0], if_match(memory.version))
            except Conflict as error:
                if attempt == ATTEMPTS:
                    raise ToolError(
                        f"{path} changes all the time. View it and try again."
                    ) from error
            else:
                return changed
        raise AssertionError

    def _put(self, name: str, text: str, headers: Mapping[str, str]) -> ApiRequest:
        is_blank = not any(c.isprintable() and not c.isspace() for c in text)
        body = fields_of(
            text=BLANK if is_blank else text,
            source="memory-tool",
            metadata={BLANK_TEXT: text} if is_blank else {},
        )
        path = by_key(self.prefix + name)
        return ApiRequest("PUT", path, body=body, headers=headers, repeatable=False)

    def _find(self, name: str) -> Plan[Memory | None]:
        try:
            return decode(Memory, (yield ApiRequest("GET", by_key(self.prefix + name))))
        except NotFound:
            return None

    def _file(self, path: str) -> Plan[Memory]:
        name = _name(path)
        memory = (yield from self._find(name)) if name else None
        if memory is not None:
            return memory
        if not name or (yield from self._below(name)):
            raise ToolError(f"The path {path} is not a file.")
        raise ToolError(f"The path {path} does not exist. Please provide a valid path.")

    def _existing(self, path: str) -> Plan[list[Memory]]:
        """Return the file, or all files below the directory."""
        name = _name(path)
        memory = yield from self._find(name)
        found = [memory] if memory is not None else (yield from self._below(name))
        if not found:
            raise ToolError(f"The path {path} does not exist")
        return found

    def _below(self, name: str) -> Plan[list[Memory]]:
        """Return all files of a directory, at any depth."""
        prefix = f"{self.prefix}{name}/" if name else self.prefix
        query: dict[str, Any] = {"keyPrefix": prefix, "limit": 100}
        found: list[Memory] = []
        while True:
            page = decode(MemoryPage, (yield ApiRequest("GET", "/api/memories", query)))
            found += page.memories
            if page.next_cursor is None:
                return found
            query = query | {"cursor": page.next_cursor}

    def _sizes(self, name: str, memories: Sequence[Memory]) -> dict[str, int]:
        """Return the bytes of each file below a directory, by its path from there."""
        start = len(f"{self.prefix}{name}/" if name else self.prefix)
        return {(each.key or "")[start:]: len(_content(each).encode()) for each in memories}


def refusal(error: MemorizerError) -> ToolError:
    """Return what the model is told when the server refuses, or does not answer."""
    return ToolError(str(error))


def _name(path: str) -> str:
    """Return the path from the root on; empty for the root."""
    if path != ROOT and not path.startswith(f"{ROOT}/"):
        raise ToolError(f"Path must start with {ROOT}, got: {path}")
    parts = [part for part in path.removeprefix(ROOT).split("/") if part]
    if not {".", ".."}.isdisjoint(parts):
        raise ToolError(f"Path {path} would escape {ROOT} directory")
    return "/".join(parts)


def _file_name(path: str) -> str:
    if name := _name(path):
        return name
    raise ToolError(f"{path} is a directory.")


def _content(memory: Memory) -> str:
    blank = memory.metadata.get(BLANK_TEXT)
    return blank if isinstance(blank, str) and memory.text == BLANK else memory.text


def _numbered(path: str, text: str, view_range: Sequence[int] | None) -> str:
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise ToolError(f"File {path} exceeds maximum line limit of {MAX_LINES:,} lines.")
    first, last = view_range if view_range and len(view_range) == 2 else (1, -1)  # noqa: PLR2004
    first = max(1, first)
    shown = lines[first - 1 : len(lines) if last == -1 else last]
    return f"Here's the content of {path} with line numbers:\n" + _with_numbers(shown, first)


def _with_numbers(lines: Sequence[str], first: int) -> str:
    return "\n".join(f"{n:>{NUMBER_WIDTH}}\t{line}" for n, line in enumerate(lines, start=first))


def _directory(path: str, sizes: Mapping[str, int]) -> str:
    """List files and directories; of a directory the size is that of all that is shown or not."""
    shown: dict[str, int] = {}
    for name, size in sizes.items():
        parts = name.split("/")
        for depth in range(1, min(len(parts), DEPTH) + 1):
            if any(part.startswith(".") for part in parts[:depth]):
                break
            entry = "/".join(parts[:depth]) + ("/" if depth < len(parts) else "")
            shown[entry] = shown.get(entry, 0) + size
    header = (
        f"Here're the files and directories up to {DEPTH} levels deep in {path}, "
        "excluding hidden items:"
    )
    base = path.rstrip("/")
    lines = [f"{_size(size)}\t{base}/{entry}" for entry, size in sorted(shown.items())]
    return "\n".join([header, f"{_size(sum(sizes.values()))}\t{path}", *lines])


def _size(size: int) -> str:
    """Return a number of bytes as `du -h` writes it."""
    value, unit = float(size), "B"
    for larger in ("K", "M", "G"):
        if value < 1024:  # noqa: PLR2004
            break
        value, unit = value / 1024, larger
    return f"{value:.0f}{unit}" if value == int(value) else f"{value:.1f}{unit}"


def _replaced(path: str, text: str, old: str, new: str) -> tuple[str, int]:
    """Return the new text, and where the change begins."""
    places = _places(text, old)
    if not places:
        raise ToolError(
            f"No replacement was performed, old_str `{old}` did not appear verbatim in {path}."
        )
    if len(places) > 1:
        lines = ", ".join(str(text.count("\n", 0, at) + 1) for at in places)
        raise ToolError(
            f"No replacement was performed. Multiple occurrences of old_str `{old}` in lines: "
            f"{lines}. Please ensure it is unique"
        )
    [at] = places
    return text[:at] + new + text[at + len(old) :], at


def _places(text: str, wanted: str) -> list[int]:
    if not wanted:
        raise ToolError("No replacement was performed, old_str is empty.")
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append(at)
        at = text.find(wanted, at + 1)
    return found


def _snippet(text: str, at: int) -> str:
    lines = text.split("\n")
    changed = text.count("\n", 0, at)
    first = max(0, changed - CONTEXT_LINES)
    shown = lines[first : changed + CONTEXT_LINES + 1]
    return (
        "The memory file has been edited. "
        "Here is the snippet showing the change (with line numbers):\n"
        + _with_numbers(shown, first + 1)
    )


def _inserted(text: str, line: int, inserted: str) -> str:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if not 0 <= line <= len(lines):
        raise ToolError(
            f"Invalid `insert_line` parameter: {line}. "
            f"It should be within the range [0, {len(lines)}]."
        )
    return "\n".join([*lines[:line], inserted.rstrip("\n"), *lines[line:]]) + "\n"
