"""Cuts the beginning of a text into phrases that could be its title."""
# ruff: noqa: RUF001 - signs of many scripts are meant

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.titles import clauses, shorten

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
_LONG_COLUMNS: Final = 60
_MIN_CLAUSE_COLUMNS: Final = 20
_MAX_SENTENCE_CHARACTERS: Final = 400
_COMMAND: Final = re.compile(r"\s--?\w|\|")
_MIN_LEAD_IN_WORDS: Final = 3
"""A shorter line above a list is no title without the first item."""


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
    return _without_fragments(_without_whole_text(list(found.values()), plain))


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
    """Yield sentences, each with what takes it back, and whether they have a line of their own."""
    for block in _readable_blocks(plain):
        pieces = list(sentences(block))
        for at, piece in enumerate(pieces):
            alone = len(pieces) == 1 and not _SENTENCE_END.search(piece[-2:])
            yield _with_retraction(piece, *pieces[at + 1 : at + 2]), alone


def _with_retraction(sentence: str, following: str = "") -> str:
    retraction = "" if sentence.endswith("?") else clauses.retraction(following)
    joined = f"{sentence} {retraction}"
    return joined if retraction and shorten.columns(joined) <= shorten.MAX_COLUMNS else sentence


def _readable_blocks(plain: str) -> Iterator[str]:
    """Yield blocks; of items that a line such as `Never:` reverses, the first together with it."""
    lead_in = ""
    for block in blocks(plain):
        if not _ITEM.match(block):
            lead_in = block if clauses.reverses_items(block) else ""
            yield block
        elif not lead_in:
            yield block
        elif lead_in.count(" ") + 1 < _MIN_LEAD_IN_WORDS:
            yield f"{lead_in.rstrip(':')}: {shorten.strip_decoration(block)}"
            lead_in = " " * _MIN_LEAD_IN_WORDS  # the other items are left out


def _without_whole_text(found: list[Phrase], plain: str) -> list[Phrase]:
    """Leave out the whole text, if a part of it says the same; half a command does not."""
    whole = shorten.strip_decoration(plain).casefold()
    if _COMMAND.search(whole) or shorten.columns(whole) != len(whole):
        return found
    parts = [phrase for phrase in found if phrase.text.casefold() != whole]
    return parts if any(phrase.position == 0 for phrase in parts) else found


def _without_fragments(found: list[Phrase]) -> list[Phrase]:
    """Leave out phrases that lack the sentence before them, if others remain."""
    return [p for p in found if p.position == 0 or not clauses.is_fragment(p.text)] or found


def _variants(sentence: str) -> Iterator[str]:
    stripped = shorten.strip_decoration(sentence[:_MAX_SENTENCE_CHARACTERS])
    for reading in _readings(stripped):
        title = shorten.as_title(reading)
        if shorten.has_alnum(title):
            title = title if reading.startswith("`") else shorten.capitalised(title)
            yield shorten.with_question_mark(title, sentence) if reading == stripped else title


def _readings(phrase: str) -> Iterator[str]:
    """Yield a phrase, its main clause, and the beginning of that, where these say the same."""
    width = shorten.columns(phrase)
    main = clauses.main_clause(phrase) if width > _LONG_COLUMNS else None
    if main is None or width <= shorten.MAX_COLUMNS:
        yield phrase
    main = shorten.strip_decoration(main) if main else phrase
    if main != phrase:
        yield main
    clause = shorten.first_clause(main, least=_MIN_CLAUSE_COLUMNS)
    if width > _LONG_COLUMNS and not clauses.narrows(main[len(clause) :]):
        yield clause
    contrast = clauses.contrast_start(main) or 0
    if _MIN_CLAUSE_COLUMNS <= contrast <= len(clause):
        yield main[:contrast]


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
