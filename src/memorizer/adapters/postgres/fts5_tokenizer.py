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

_FIRST_MARK: Final = "\u0300"
_LAST_MARK: Final = "\u036f"
_SHORTEST_STEMMED: Final = 3  # bytes
_LONGEST_STEMMED: Final = 64
MAX_WORD_CHARACTERS: Final = 500
"""Characters of a word that are told apart; a lexeme holds 2,046 bytes."""

_SIGMA: Final = "\u03c3"
_LAST_SIGMA: Final = "\u03c2"  # the same letter at the end of a word
_CHANGED: Final = re.compile("(.*)(bly|logy|logies)")
_SYLLABLE: Final = re.compile("[aeiouy][^aeiouy]")


def tokens(text: str) -> list[str]:
    """The stemmed words of a text that is in Unicode's composed form, in their order."""
    kept = "".join(map(_folded, text))
    return [_stemmed(word[:MAX_WORD_CHARACTERS]) for word in kept.split()]


@lru_cache(maxsize=10_000)
def _folded(char: str) -> str:
    """The character as it is compared: its one lower-case form, or a space where it is none."""
    category = unicodedata.category(char)
    if category[0] not in "LNM" and category not in {"Co", "So"}:
        return " "
    if _FIRST_MARK <= char <= _LAST_MARK:
        return ""
    letter = unicodedata.normalize("NFD", char)[0]
    if letter.isascii():
        return letter.lower()  # marks tell letters apart in other scripts: й is not и
    return _SIGMA if char == _LAST_SIGMA else char.lower()


@lru_cache(maxsize=50_000)
def _stemmed(word: str) -> str:
    """By Porter's algorithm of 1980, with his two later changes, byte by byte: as FTS5 has it."""
    if not _SHORTEST_STEMMED <= len(word.encode()) <= _LONGEST_STEMMED:
        return word
    if (found := _CHANGED.fullmatch(word)) and _SYLLABLE.search(found[1]):
        word = found[1] + ("ble" if found[2] == "bly" else "log")
    porter = snowballstemmer.stemmer("porter")  # keeps state: threads cannot share one
    stem: str = porter.stemWord(word.encode().decode("latin-1"))
    return stem.encode("latin-1").decode(errors="ignore")
