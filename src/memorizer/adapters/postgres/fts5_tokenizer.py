"""Tokenise and stem text exactly as SQLite's FTS5 does.

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
_MIN_STEMMED_BYTES: Final = 3
_MAX_STEMMED_BYTES: Final = 64
MAX_WORD_CHARACTERS: Final = 500
"""Longer words are cut: a lexeme holds 2,046 bytes."""

_SIGMA: Final = "\u03c3"
_FINAL_SIGMA: Final = "\u03c2"  # the same letter at the end of a word
_EXTENDED_SUFFIX: Final = re.compile("(.*)(bly|logy|logies)")
_SYLLABLE: Final = re.compile("[aeiouy][^aeiouy]")


def tokens(text: str) -> list[str]:
    """Return the stemmed words of a text (Unicode NFC), in their order."""
    kept = "".join(map(_folded, text))
    return [_stemmed(word[:MAX_WORD_CHARACTERS]) for word in kept.split()]


@lru_cache(maxsize=10_000)
def _folded(char: str) -> str:
    """Return the lower-case letter without diacritics; a space for a separator."""
    category = unicodedata.category(char)
    if category[0] not in "LNM" and category not in {"Co", "So"}:
        return " "
    if _FIRST_MARK <= char <= _LAST_MARK:
        return ""
    letter = unicodedata.normalize("NFD", char)[0]
    if letter.isascii():
        return letter.lower()  # marks tell letters apart in other scripts: й is not и
    return _SIGMA if char == _FINAL_SIGMA else char.lower()


@lru_cache(maxsize=50_000)
def _stemmed(word: str) -> str:
    """Porter's stemmer of 1980 with his two later changes, on bytes: as in FTS5."""
    if not _MIN_STEMMED_BYTES <= len(word.encode()) <= _MAX_STEMMED_BYTES:
        return word
    if (found := _EXTENDED_SUFFIX.fullmatch(word)) and _SYLLABLE.search(found[1]):
        word = found[1] + ("ble" if found[2] == "bly" else "log")
    porter = snowballstemmer.stemmer("porter")  # keeps state: threads cannot share one
    stem: str = porter.stemWord(word.encode().decode("latin-1"))
    return stem.encode("latin-1").decode(errors="ignore")
