"""Folding for full-text search: spellings that readers take for the same become the same.

Texts and queries are folded alike, before any database splits and stems them. Case and
diacritics go in Latin and Greek; vowel points go in Arabic and Hebrew, where they are optional;
letters that keyboards mix up become one, as in the normalizers of Apache Lucene for Arabic,
Persian and Hindi. Signs of other scripts stay, because they make other words: й is not и, कि not क.
"""

from typing import Final
from unicodedata import category, decimal, name, normalize

UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
"""Thai, Lao, Myanmar, Khmer, Kana, Han, Hangul, as in a regular expression: the scripts where
spaces do not part words."""

_IGNORED: Final = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x0300, 0x036F),  # diacritics that NFKC did not compose with a letter
    (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
    (0x0610, 0x061A), (0x061C, 0x061C), (0x0640, 0x0640), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06DC), (0x06DF, 0x06E8), (0x06EA, 0x06ED),
    (0x093C, 0x093C),  # the dot of Devanagari, which is often left out
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),  # joiners, directions
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xE0000, 0xE0FFF),  # variants of glyphs, tags
)  # fmt: skip
"""Ranges of characters that are left out: points, and what Unicode calls default ignorable."""
_SAME: Final = {
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t",
    "ı": "i", "ё": "е", "ʼ": "'", "ʻ": "'",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه",
    "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه",
    "ँ": "ं",
}  # fmt: skip
_HINDI_N: Final = ("न\u094d", "ं")  # हिन्दी is also written हिंदी
_FRACTION_SLASH: Final = "\u2044"


class _Folding(dict[int, str]):
    """A table for str.translate that grows with the characters it meets."""

    def __missing__(self, code: int) -> str:
        return self.setdefault(code, _folded(chr(code)))


class _Separating(dict[int, str]):
    """A table for str.translate with a space in the place of everything that parts words."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        return self.setdefault(code, char if _is_of_word(char) else " ")


_FOLDING: Final = _Folding()
_SEPARATING: Final = _Separating()


def folded(text: str) -> str:
    """Return the text as it is indexed; ASCII stays as it is, for indexes lower it themselves.

    A symbol stands by itself: 🎉 is found in `done🎉`, → as the word `u2192`.
    """
    if text.isascii():
        return text
    return normalize("NFC", normalize("NFKC", text).replace(*_HINDI_N).translate(_FOLDING))


def words_of(text: str) -> list[str]:
    """Return the words of a folded text, in lower case, parted where the indexes part them."""
    return text.translate(_SEPARATING).lower().split()


def _is_of_word(char: str) -> bool:
    """As FTS5 is told: `categories 'L* N* M* Co So'`."""
    kind = category(char)
    return kind[0] in "LNM" or kind in {"Co", "So"}


def _folded(char: str) -> str:
    if char.isascii():
        return char.lower()
    if any(first <= ord(char) <= last for first, last in _IGNORED):
        return ""
    kind = category(char)
    if kind == "Nd":
        return str(decimal(char))
    if kind == "So":
        return f" {char} "
    if kind in {"Sm", "Sc"} and char != _FRACTION_SLASH:
        return f" u{ord(char):x} "
    lower = char.lower()[0] if len(char.lower()) > 1 else char.lower()
    return _SAME.get(lower) or _without_diacritics(lower)


def _without_diacritics(char: str) -> str:
    base = normalize("NFD", char)[0]
    if base != char and name(base, "").startswith(("LATIN", "GREEK")):
        return _SAME.get(base, base)
    return char.casefold()  # ß is ss, ς is σ
