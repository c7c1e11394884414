"""Differences between two versions of a memory, by line and by field."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from memorizer.domain.memories import Content
from memorizer.domain.timestamps import to_iso
from memorizer.domain.validity import NAMES

AUTOJUNK_MIN_LINES = 2_000
"""From so many lines (old and new together) difflib's autojunk is on: faster, but coarser."""


class LineKind(StrEnum):
    """Which of the two texts contains a line."""

    EQUAL = "equal"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line with its numbers (from 1) in the old and the new text."""

    kind: LineKind
    text: str
    old: int | None
    new: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A field other than the text, before and after."""

    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that differs between two versions."""

    lines: tuple[DiffLine, ...]
    changes: tuple[Change, ...]

    @property
    def added(self) -> int:
        """Lines only in the new text."""
        return sum(line.kind is LineKind.ADDED for line in self.lines)

    @property
    def removed(self) -> int:
        """Lines only in the old text."""
        return sum(line.kind is LineKind.REMOVED for line in self.lines)


def compare(old: Content, new: Content) -> Diff:
    """Lines of both texts in reading order, and the other fields that changed."""
    return Diff(lines=tuple(_lines(old.text, new.text)), changes=tuple(changes(old, new)))


def changes(old: Content, new: Content) -> list[Change]:
    """Return the fields other than the text that differ."""
    fields = ("type", "title", "source", "tags", "confidence")
    found = [
        Change(name, getattr(old, name), getattr(new, name))
        for name in fields
        if getattr(old, name) != getattr(new, name)
    ]
    if old.metadata != new.metadata:
        found.append(Change("metadata", dict(old.metadata), dict(new.metadata)))
    before, after = dict(old.times.items()), dict(new.times.items())
    return found + [
        Change(name, _moment(before.get(name)), _moment(after.get(name)))
        for name in NAMES.values()
        if before.get(name) != after.get(name)
    ]


def _moment(at: int | None) -> str | None:
    return None if at is None else to_iso(at)


def _lines(old: str, new: str) -> list[DiffLine]:
    before, after = old.splitlines(), new.splitlines()
    lines: list[DiffLine] = []
    matcher = SequenceMatcher(
        a=before, b=after, autojunk=len(before) + len(after) > AUTOJUNK_MIN_LINES
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            lines += [
                DiffLine(LineKind.EQUAL, before[i], i + 1, j1 + i - i1 + 1) for i in range(i1, i2)
            ]
            continue
        lines += [DiffLine(LineKind.REMOVED, before[i], i + 1, None) for i in range(i1, i2)]
        lines += [DiffLine(LineKind.ADDED, after[j], None, j + 1) for j in range(j1, j2)]
    return lines
