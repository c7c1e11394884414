"""Cutting prepared text into the words that the index holds: as SQLite's FTS5 does it.

FTS5 is told to use `porter unicode61 remove_diacritics 2 categories 'L* N* M* Co So'`. The same
words on both databases give the same hits; PostgreSQL's own parser and dictionaries, which know
one language each and cut addresses and numbers in their own way, are not used.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import snowballstemmer

_DIACRITICS: Final = re.compile("[\u0300-\u036f]")
_SHORTEST_STEMMED: Final = 3
_LONGEST_STEMMED: Final = 64
LONGEST_WORD: Final = 500
"""Characters of a word that are told apart; a lexeme holds 2,046 bytes."""

_stem = lru_cache(maxsize=50_000)(snowballstemmer.stemmer("porter").stemWord)


def words(text: str) -> list[str]:
    """The stemmed words of a text, in their order."""
    if not text.isascii():
        plain = _DIACRITICS.sub("", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", plain)
    return [_stemmed(word[:LONGEST_WORD]) for word in _split(text.casefold())]


def _split(text: str) -> list[str]:
    return "".join(char if _is_kept(char) else " " for char in text).split()


@lru_cache(maxsize=10_000)
def _is_kept(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNM" or category in {"Co", "So"}


def _stemmed(word: str) -> str:
    fits = _SHORTEST_STEMMED <= len(word) <= _LONGEST_STEMMED
    return str(_stem(word)) if fits and word.isascii() else word
