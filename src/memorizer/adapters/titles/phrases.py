"""Cuts the beginning of a text into phrases that could be its title."""
# ruff: noqa: RUF001 - signs of many scripts are meant

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.titles import shorten

_RULE: Final = re.compile(r"[\s|:=*_~+.-]*")
_ITEM: Final = re.compile(r"\s*(?:>|\||(?:[-*+•‣◦☐☑✓✔]|\d{1,3}[.)]|#{1,6})\s)")
_CELL_BORDER: Final = re.compile(r"\s*(?<!\\)\|\s*")
_UNFINISHED: Final = re.compile(r"(?i)(?:[,(-]|\b(?:a|an|the|and|or|of|in|on|to|for|with|is|are))$")
_MIN_WRAPPED_CHARACTERS: Final = 40
"""A shorter line was not wrapped because it was full."""
_MIN_WRAP_WIDTH: Final = 60

_SENTENCE_END: Final = re.compile(
    r"(?P<mark>[.!?…]+)[\"'”’»)\]`]*(?=\s|$)|[。！？｡؟۔।።]+[」』”’）]*|؛(?=\s)"
)
_ABBREVIATION: Final = re.compile(
    r"(?i)\b(?:e\.g|i\.e|etc|vs|cf|approx|ca|mr|mrs|ms|dr|prof|st|inc|ltd|corp|jr|sr|al|dept|est"
    r"|resp|incl|excl|a\.m|p\.m|u\.s|z\.b|bzw|usw|т\.е|т\.д|[^\W\d_])$"
)
_BEFORE_NUMBER: Final = re.compile(r"(?i)\b(?:nos?|figs?|eqs?|vol|pp?|ref|sec|ch|art|nr)$")
_INTRODUCTION: Final = re.compile(
    r"(?i)(?:after|although|as|because|before|during|for|given|if|in|on|once|since|to|unless|until"
    r"|when|whenever|while|with)\s[^,;:]{3,70},\s"
)
_LONG_COLUMNS: Final = 60
_MIN_CLAUSE_COLUMNS: Final = 20
_MAX_SENTENCE_CHARACTERS: Final = 400


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of the text that could be its title."""

    text: str
    position: int
    """The number of sentences before it."""
    alone: bool = False
    """It has a line of its own and does not end like a sentence."""


def phrases(plain: str, *, most: int) -> list[Phrase]:
    """Return candidates from the first `most` sentences of a text without markup, in order."""
    found: dict[str, Phrase] = {}
    for position, (sentence, alone) in zip(range(most), _sentences(plain), strict=False):
        for text in _variants(sentence):
            found.setdefault(text, Phrase(text, position, alone))
    return list(found.values())


def blocks(plain: str) -> Iterator[str]:
    """Yield paragraphs, list items, table rows and single lines, each joined to one line."""
    block: list[str] = []
    lines = plain.splitlines()
    full = max(map(len, lines), default=0)
    for line in lines:
        if block and _goes_on(block, line, full):
            block.append(line.rstrip())
            continue
        if block:
            yield _joined(block)
        block = [] if _RULE.fullmatch(line) else [line.rstrip()]
    if block:
        yield _joined(block)


def sentences(block: str) -> Iterator[str]:
    """Yield the sentences of a block, with their end marks."""
    start = 0
    for end in _SENTENCE_END.finditer(block):
        if _is_inside(block, start, end.start()):
            continue
        if end["mark"] == "." and _is_abbreviation(block, start, end.start()):
            continue
        yield block[start : end.end()].strip()
        start = end.end()
    if rest := block[start:].strip():
        yield rest


def _sentences(plain: str) -> Iterator[tuple[str, bool]]:
    for block in blocks(plain):
        pieces = list(sentences(block))
        for piece in pieces:
            yield piece, len(pieces) == 1 and not _SENTENCE_END.search(piece[-2:])


def _variants(sentence: str) -> Iterator[str]:
    for reading in _readings(shorten.strip_decoration(sentence[:_MAX_SENTENCE_CHARACTERS])):
        title = shorten.as_title(reading)
        if shorten.has_alnum(title):
            yield title if reading.startswith("`") else shorten.capitalised(title)


def _readings(phrase: str) -> Iterator[str]:
    """Yield a phrase, and of a long one its main clause and the beginning of that."""
    width = shorten.columns(phrase)
    setting = _INTRODUCTION.match(phrase) if width > _LONG_COLUMNS else None
    if setting is None or width <= shorten.MAX_COLUMNS:
        yield phrase
    main = shorten.strip_decoration(phrase[setting.end() :]) if setting else phrase
    if width > _LONG_COLUMNS:
        yield main
        yield shorten.first_clause(main, least=_MIN_CLAUSE_COLUMNS)


def _goes_on(block: list[str], line: str, full: int) -> bool:
    """Whether a line continues the one before, which was wrapped."""
    last = block[-1]
    if _RULE.fullmatch(line) or _ITEM.match(line) or last[-1:] in ":：|":
        return False
    if _UNFINISHED.search(last):
        return True
    if line.lstrip()[0].islower():
        is_item = _ITEM.match(block[0]) is not None
        return len(last) >= _MIN_WRAPPED_CHARACTERS or (is_item and line[0].isspace())
    would_fit = len(last) + 1 + len(line.split(None, 1)[0]) <= full
    return full >= _MIN_WRAP_WIDTH and len(last) >= _MIN_WRAPPED_CHARACTERS and not would_fit


def _joined(block: list[str]) -> str:
    """Join a block to one line; a table row becomes a list of its cells."""
    line = " ".join(part.strip() for part in block)
    if not line.startswith("|"):
        return line
    return ", ".join(filter(None, _CELL_BORDER.split(line)))


def _is_inside(block: str, start: int, end: int) -> bool:
    """Whether `end` lies within backticks or brackets that close later."""
    if block.count("`", start, end) % 2:
        return "`" in block[end : end + _LONG_COLUMNS]
    is_open = block.count("(", start, end) > block.count(")", start, end)
    return is_open and ")" in block[end : end + _LONG_COLUMNS]


def _is_abbreviation(block: str, start: int, end: int) -> bool:
    word = block[max(start, end - 12) : end]
    if _BEFORE_NUMBER.search(word):
        return block[end + 1 :].lstrip()[:1].isdigit()
    return _ABBREVIATION.search(word) is not None
