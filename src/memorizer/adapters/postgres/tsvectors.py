"""Words and phrases in the notation of tsvector and tsquery."""

from collections.abc import Iterable
from typing import Final

from memorizer.adapters.postgres.bm25 import Phrase
from memorizer.adapters.postgres.fts5_tokenizer import tokens
from memorizer.domain.memories import Content
from memorizer.domain.text_analysis import Term, indexable

MAX_POSITION: Final = 16_000
"""A tsvector counts to 16,383. After this, counting begins anew: neighbours stay neighbours."""
MAX_POSITIONS_PER_WORD: Final = 255
"""Of one word; a tsvector keeps no more."""
FIELD_GAP_POSITIONS: Final = 10
"""Positions left free between fields, so that no phrase spans two of them."""
MAX_TSVECTOR_BYTES: Final = 1_000_000
"""Bytes; a tsvector holds 1 MiB. Only a very long text of very many different words fills it."""
MAX_REPEATED_BYTES: Final = 600_000
"""Bytes, after which a known word's further places are not noted, so that new words still fit."""
_ENTRY: Final = 5  # bytes besides the word and its places, at most
_PLACE: Final = 2


class _Lexemes:
    """The words of a memory with their places, as many as a tsvector holds."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self._size = 0

    def add(self, word: str, position: int, label: str) -> None:
        where = self._places.get(word)
        if where is None:
            where = self._found(word)
        elif len(where) == MAX_POSITIONS_PER_WORD or self._size > MAX_REPEATED_BYTES:
            return
        where.append(f"{position % MAX_POSITION + 1}{label}")
        self._size += _PLACE

    def _found(self, word: str) -> list[str]:
        where: list[str] = []
        size = len(word.encode()) + _ENTRY
        if self._size + size <= MAX_TSVECTOR_BYTES:
            self._size += size
            self._places[word] = where
        return where

    def __str__(self) -> str:
        return " ".join(f"{_quoted(word)}:{','.join(at)}" for word, at in self._places.items())


def vector_of(content: Content) -> tuple[str, int]:
    """The tsvector of title, tags and text, labelled A, B and C, and its number of words."""
    lexemes, count = _Lexemes(), 0
    for field, (label, text) in enumerate(
        (("A", content.title or ""), ("B", " ".join(content.tags)), ("C", content.text))
    ):
        for word in tokens(indexable(text)):
            lexemes.add(word, count + field * FIELD_GAP_POSITIONS, label)
            count += 1
    return str(lexemes), count


def phrase_of(term: Term) -> Phrase | None:
    """What to look for; the last word may go on, unless it is one Latin letter or digit."""
    text = " ".join(term.words)
    stems = tuple(tokens(text))
    is_letter = len(text) == 1 and text.isascii()
    return Phrase(stems, is_prefix=not is_letter) if stems else None


def query_of(phrase: Phrase) -> str:
    """The tsquery of one phrase."""
    *before, last = map(_quoted, phrase.words)
    return " <-> ".join([*before, f"{last}:*" if phrase.is_prefix else last])


def combined_query(phrases: Iterable[Phrase], operator: str) -> str:
    """The tsquery of all (`&`) or any (`|`) of these phrases."""
    return f" {operator} ".join(f"({query_of(phrase)})" for phrase in phrases)


def _quoted(word: str) -> str:
    """A word as a lexeme; words hold letters, marks, digits and symbols only."""
    return f"'{word}'"
