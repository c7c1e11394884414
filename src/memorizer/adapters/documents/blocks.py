"""What a converter makes of a file: blocks of Markdown, and the file that it reads."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MAX_CHARACTERS: Final = 10_000_000
"""Of the text of one document."""

_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Rejected(Exception):
    """The file cannot be converted; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` from 1) or other text (`level` 0), and where it begins (both from 1)."""

    text: str
    level: int = 0
    page: int | None = None
    line: int | None = None


@dataclass(slots=True)
class Source:
    """A file to convert, and what is found out about it meanwhile."""

    path: Path
    name: str
    """The file's own, or the last step of its address; never opened."""
    max_pages: int
    report: Callable[[int, int], None] = lambda _done, _total: None
    title: str | None = None
    warnings: list[str] = field(default_factory=list)
    url: str | None = None
    """The address of a web page."""

    def warn(self, message: str) -> None:
        """Note something that was lost, once."""
        if message not in self.warnings:
            self.warnings.append(message)

    def check_pages(self, pages: int, what: str) -> None:
        """Raise Rejected for too many."""
        if pages > self.max_pages:
            raise Rejected(
                f"It has {pages:,} {what}; at most {self.max_pages:,} are read "
                "(MEMORIZER_DOCUMENT_MAX_PAGES). Split it."
            )


def storable(text: str) -> str:
    """Return the text without characters that cannot be stored or shown."""
    return _UNSTORABLE.sub("", text)


def within_limits(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks that have text, cleaned. Raises Rejected if they are too long together."""
    characters = 0
    for block in blocks:
        text = storable(block.text)
        characters += len(text)
        if characters > MAX_CHARACTERS:
            raise Rejected(
                f"Its text is longer than {MAX_CHARACTERS:,} characters. Split the document."
            )
        if text.strip():
            yield Block(text.strip("\n").rstrip(), block.level, block.page, block.line)
