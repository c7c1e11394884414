"""Texts as tsvector, phrases as tsquery."""

from collections.abc import Iterable
from typing import Final

from memorizer.adapters.postgres.bm25 import Phrase
from memorizer.adapters.postgres.fts5_tokenizer import tokens
from memorizer.domain.memories import Content
from memorizer.domain.text_analysis import Term, indexable

MAX_POSITION: Final = 16_000
"""A tsvector counts to 16,383; beyond this, positions start again at 1."""
MAX_POSITIONS_PER_WORD: Final = 255
"""A tsvector keeps no more."""
FIELD_GAP_POSITIONS: Final = 10
"""Unused positions between fields, so that no phrase spans two of them."""
MAX_TSVECTOR_BYTES: Final = 1_000_000
"""A tsvector holds 1 MiB; only a very long text of very many different words fills it."""
MAX_REPEATED_BYTES: Final = 600_000
"""Beyond this size, repeated words get no further positions, so that new words still fit."""
_ENTRY_BYTES: Final = 5  # bytes besides the word and its places, at most
_POSITION_BYTES: Final = 2


class _Lexemes:
    """The words of a memory with their positions, as many as a tsvector holds."""

    def __init__(self) -> None:
        self._positions: dict[str, list[str]] = {}
        self._size = 0

    def add(self, word: str, position: int, label: str) -> None:
        positions = self._positions.get(word)
        if positions is None:
            positions = self._add_lexeme(word)
        elif len(positions) == MAX_POSITIONS_PER_WORD or self._size > MAX_REPEATED_BYTES:
            return
        positions.append(f"{position % MAX_POSITION + 1}{label}")
        self._size += _POSITION_BYTES

    def _add_lexeme(self, word: str) -> list[str]:
        positions: list[str] = []
        size = len(word.encode()) + _ENTRY_BYTES
        if self._size + size <= MAX_TSVECTOR_BYTES:
            self._size += size
            self._positions[word] = positions
        return positions

    def __str__(self) -> str:
        return " ".join(f"{_quoted(word)}:{','.join(at)}" for word, at in self._positions.items())


def vector_of(content: Content) -> tuple[str, int]:
    """Return the tsvector of title, tags and text, labelled A, B and C, and its number of words."""
    lexemes, count = _Lexemes(), 0
    for field, (label, text) in enumerate(
        (("A", content.names), ("B", " ".join(content.tags)), ("C", content.text))
    ):
        for word in tokens(indexable(text)):
            lexemes.add(word, count + field * FIELD_GAP_POSITIONS, label)
            count += 1
    return str(lexemes), count


def phrase_of(term: Term) -> Phrase | None:
    """Return the phrase of a term, with its words stemmed; None without words."""
    stems = tuple(tokens(" ".join(term.words)))
    return Phrase(stems, is_prefix=term.is_prefix) if stems else None


def query_of(phrase: Phrase) -> str:
    """Return the tsquery of one phrase."""
    *before, last = map(_quoted, phrase.words)
    return " <-> ".join([*before, f"{last}:*" if phrase.is_prefix else last])


def combined_query(phrases: Iterable[Phrase], operator: str) -> str:
    """Return the tsquery of all (`&`) or any (`|`) of these phrases."""
    return f" {operator} ".join(f"({query_of(phrase)})" for phrase in phrases)


def _quoted(word: str) -> str:
    """Return a word as a lexeme; words hold letters, marks, digits and symbols only."""
    return f"'{word}'"
