"""Words and phrases in the notation of tsvector and tsquery."""

from collections.abc import Iterable
from typing import Final

from memorizer.adapters.postgres.bm25 import Phrase
from memorizer.adapters.postgres.words import words
from memorizer.domain.memories import Content
from memorizer.domain.words import Term, indexable

LAST_POSITION: Final = 16_000
"""A tsvector counts to 16,383. After this, counting begins anew: neighbours stay neighbours."""
MOST_POSITIONS: Final = 255
"""Of one word; a tsvector keeps no more."""
FIELD_GAP: Final = 10
"""Positions left free between fields, so that no phrase spans two of them."""
LARGEST: Final = 1_000_000
"""Bytes; a tsvector holds 1 MiB. Only a text of very many different words comes near."""


def vector_of(content: Content) -> tuple[str, int]:
    """The tsvector of title, tags and text, labelled A, B and C, and its number of words."""
    places: dict[str, list[str]] = {}
    position = count = size = 0
    for label, text in (
        ("A", content.title or ""),
        ("B", " ".join(content.tags)),
        ("C", content.text),
    ):
        for word in words(indexable(text)):
            count += 1
            where = places.get(word)
            size += 4 if where else len(word.encode()) + 8
            if size > LARGEST:
                break
            position += 1
            if where is None:
                where = places[word] = []
            if len(where) < MOST_POSITIONS:
                where.append(f"{(position - 1) % LAST_POSITION + 1}{label}")
        position += FIELD_GAP
    return " ".join(f"{_quoted(word)}:{','.join(at)}" for word, at in places.items()), count


def phrase_of(term: Term) -> Phrase | None:
    """What to look for; the last word may go on, unless it is one Latin letter or digit."""
    text = " ".join(term.words)
    stems = tuple(words(text))
    is_letter = len(text) == 1 and text.isascii()
    return Phrase(stems, is_prefix=not is_letter) if stems else None


def query_of(phrase: Phrase) -> str:
    """The tsquery of one phrase."""
    *before, last = map(_quoted, phrase.words)
    return " <-> ".join([*before, f"{last}:*" if phrase.is_prefix else last])


def joined(phrases: Iterable[Phrase], operator: str) -> str:
    """The tsquery of all (`&`) or any (`|`) of these phrases."""
    return f" {operator} ".join(f"({query_of(phrase)})" for phrase in phrases)


def _quoted(word: str) -> str:
    """A word as a lexeme; words hold letters, marks, digits and symbols only."""
    return f"'{word}'"
