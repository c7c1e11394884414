"""Cuts blocks into parts: at headings and pages, long ones at paragraphs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from memorizer.adapters.documents.blocks import Block
from memorizer.domain.documents import ConvertedPart
from memorizer.domain.memories import MAX_TITLE

MAX_PART_CHARACTERS: Final = 6_000
"""About three pages: enough to stand alone, short enough to be read as one search result."""
MANY_PARTS: Final = 1_000
"""A document so long that it would have more gets longer parts."""
_PARENT: Final = " > "


@dataclass(slots=True)
class _Part:
    title: str
    page: int | None
    line: int | None
    texts: list[str] = field(default_factory=list)
    characters: int = 0
    has_body: bool = False

    def add(self, text: str, *, is_body: bool) -> None:
        self.texts.append(text)
        self.characters += len(text)
        self.has_body = self.has_body or is_body


def cut(blocks: Sequence[Block], title: str) -> list[ConvertedPart]:
    """Cut the blocks of a document with this title; every part has a title of its own."""
    total = sum(len(block.text) for block in blocks)
    least = total // MANY_PARTS
    cutter = _Cutter(title, max(MAX_PART_CHARACTERS, least), least)
    parts = [part for block in blocks for part in cutter.add(block)]
    return list(_numbered([*parts, *cutter.end()]))


@dataclass(slots=True)
class _Cutter:
    title: str
    most: int
    least: int
    headings: list[tuple[int, str]] = field(default_factory=list)
    part: _Part | None = None

    def add(self, block: Block) -> Iterator[ConvertedPart]:
        """Take a block; yield the parts that are complete now."""
        if block.level:
            yield from self._heading(block)
            return
        for text in _pieces(block.text, self.most):
            if self._must_end(block, len(text)):
                yield from self.end()
            self._present(block).add(text, is_body=True)

    def end(self) -> Iterator[ConvertedPart]:
        """Yield what is left."""
        part, self.part = self.part, None
        if part is not None:
            text = "\n\n".join(part.texts)
            yield ConvertedPart(text, part.title, part.page, part.line)

    def _heading(self, block: Block) -> Iterator[ConvertedPart]:
        if self.part is not None and self.part.has_body and self.part.characters >= self.least:
            yield from self.end()
        words = " ".join(block.text.split())
        while self.headings and self.headings[-1][0] >= block.level:
            self.headings.pop()
        self.headings.append((block.level, words))
        part = self._present(block)
        if not part.has_body:
            part.title = self._heading_title() or part.title
        part.add(f"{'#' * min(block.level, 6)} {words}", is_body=False)

    def _must_end(self, block: Block, characters: int) -> bool:
        part = self.part
        if part is None or not part.has_body:
            return False
        is_other_page = block.page != part.page and part.characters >= self.least
        return is_other_page or part.characters + characters > self.most

    def _present(self, block: Block) -> _Part:
        if self.part is None:
            title = self._heading_title() or self.title
            self.part = _Part(title, block.page, block.line)
        return self.part

    def _heading_title(self) -> str:
        """Return the last heading, after the one above it where both fit."""
        words = [text for _, text in self.headings[-2:]]
        title = _PARENT.join(words)
        return title if len(title) <= MAX_TITLE else words[-1][:MAX_TITLE]


def _pieces(text: str, most: int) -> Iterator[str]:
    """Yield the text in pieces that are short enough: whole lines, else words, else characters."""
    while len(text) > most:
        window = text[:most]
        at = max(window.rfind("\n"), 0) or max(window.rfind(" "), 0) or most
        yield text[:at].rstrip()
        text = text[at:].lstrip("\n") if text[at] == "\n" else text[at:].lstrip()
    if text.strip():
        yield text


def _numbered(parts: Iterable[ConvertedPart]) -> Iterator[ConvertedPart]:
    """Yield the parts; of one title, those behind the first have their page or number in it."""
    taken: set[str] = set()
    seen = Counter[str]()
    for part in parts:
        seen[part.title] += 1
        title = part.title
        if title in taken:
            title = next(each for each in _others(part, seen[title]) if each not in taken)
        taken.add(title)
        yield ConvertedPart(part.text, title, part.page, part.line)


def _others(part: ConvertedPart, number: int) -> Iterator[str]:
    """Yield other titles for a part, the `number`-th of its title: by its page, or by number."""
    if part.page is not None and not re.search(r"\d$", part.title):
        yield _with_suffix(part.title, f" (page {part.page})")
    for each in count(number):
        yield _with_suffix(part.title, f" ({each})")


def _with_suffix(title: str, suffix: str) -> str:
    return title[: MAX_TITLE - len(suffix)] + suffix
