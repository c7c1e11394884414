"""Text analysis for full-text search: text to index, and the terms of a query.

An index splits at spaces and punctuation. Three kinds of text have words it would miss:
scripts written without spaces (Chinese, Japanese, Thai ...), which become overlapping
pairs of characters, identifiers such as `getUserName`, whose parts are added, and dates,
whose other notation is added.
Both databases index and query through these functions, so they agree.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Han, Kana, Hangul, Thai, Lao, Khmer, Myanmar: the scripts where spaces do not part words
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)


_UNSPACED_RUN: Final = re.compile(f"[{_UNSPACED}]+")


_IDENTIFIER: Final = re.compile(r"\b\w*[a-z0-9][A-Z]\w*\b")


_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")


_WORD: Final = re.compile(r"[\w\U0001f000-\U0001faff\u2600-\u27bf]+")


STOP_WORDS: Final = frozenset(
    [
        "a",
        "about",
        "after",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "for",
        "from",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "me",
        "more",
        "most",
        "my",
        "no",
        "nor",
        "not",
        "of",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "under",
        "until",
        "up",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
"""English words that are ignored in queries."""


MAX_QUERY_TERMS: Final = 64


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query: words that must be adjacent (a phrase)."""

    words: tuple[str, ...]


def indexable(text: str) -> str:
    """The text with pairs for unspaced scripts; parts of identifiers and dates are added."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = _UNSPACED_RUN.sub(lambda run: f" {' '.join(_pairs(run[0]))} ", text)
    added = [" ".join(_HUMP.split(name)) for name in _IDENTIFIER.findall(text)]
    added += date_variants(text)
    return f"{text} {' '.join(added)}" if added else text


def terms(query: str) -> list[Term]:
    """The terms of a query in its order, without repetition; at most MAX_QUERY_TERMS.

    Stop words are left out unless the query has nothing else. Punctuation gives no term.
    """
    query = unicodedata.normalize("NFKC", query)
    found: dict[Term, bool] = {}
    for word in _WORD.findall(query):
        for term in _split(word):
            found[term] = term.words[0] in STOP_WORDS
    telling = [term for term, is_stop in found.items() if not is_stop]
    return (telling or list(found))[:MAX_QUERY_TERMS]


def _split(word: str) -> list[Term]:
    """Parts of one space-delimited word: runs of unspaced script, and the rest."""
    result: list[Term] = []
    at = 0
    for run in _UNSPACED_RUN.finditer(word):
        result += _plain(word[at : run.start()])
        pairs = _pairs(run[0])
        # a run may be a whole sentence, so each pair counts by itself;
        # the lone last character serves the index, not a query of two or more
        result += [Term((pair,)) for pair in pairs[:-1] or pairs]
        at = run.end()
    return result + _plain(word[at:])


def _plain(word: str) -> list[Term]:
    pieces = [piece.lower() for piece in word.split("_") if piece]
    return [Term(tuple(pieces))] if pieces else []


def _pairs(run: str) -> list[str]:
    """Overlapping pairs, then the last character alone so that it can be found too."""
    return [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]


MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


_NUMBERS: Final = {name[:3].lower(): number for number, name in enumerate(MONTHS, start=1)}


_ENDINGS: Final = "|".join(["t", *(name[3:] for name in MONTHS)])  # Sept is written too


_MONTH: Final = rf"\b({'|'.join(_NUMBERS)})(?:{_ENDINGS})?\b"


_DAY: Final = r"\b([12]?\d|3[01])(?:st|nd|rd|th)?\b"


_FIGURES: Final = re.compile(r"\b\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)")


_DAY_FIRST: Final = re.compile(rf"{_DAY}\.? {_MONTH}", re.IGNORECASE)


_MONTH_FIRST: Final = re.compile(rf"{_MONTH}\.? {_DAY}", re.IGNORECASE)


def date_variants(text: str) -> Iterator[str]:
    """Day and month of every date in the text in the other notation (`5 May` for `2026-05-05`)."""
    for month, day in _FIGURES.findall(text):
        yield f"{int(day)} {MONTHS[int(month) - 1]}"
    named = [(month, day) for day, month in _DAY_FIRST.findall(text)]
    for month, day in named + _MONTH_FIRST.findall(text):
        number = _NUMBERS[month.lower()]
        yield f"{MONTHS[number - 1]} {number:02} {int(day):02}"
