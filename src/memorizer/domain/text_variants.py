"""Other spellings of what a text names: identifiers, versions, languages and dates.

They are added to the index beside the text, and asked for by queries, so that `userProfile` finds
`user_profile`, `1.2.3` finds `v1.2.3`, and `2026-03-12` finds `March 12, 2026`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_IDENTIFIER: Final = re.compile(r"\b\w*[a-z0-9][A-Z]\w*\b")
_HUMPED: Final = re.compile("[a-z0-9][A-Z]")
"""What every _IDENTIFIER has; looked for in a tenth of the time."""
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
# Persian writes the parts of a word with a zero-width non-joiner, a space or nothing between them
_HALF_SPACED: Final = re.compile(
    "(?<![\u0600-\u06ff\u200c])[\u0600-\u06ff]++(?:\u200c[\u0600-\u06ff]++)+"
)
_NUMBERED: Final = re.compile(r"(?<=[A-Za-z_])\d+(?:\.\d+)+")
_GROUPED: Final = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![.,]?\d)")
# not the sign of a heading or of a number: PR#34
_SIGNED: Final = re.compile(r"(?<!\w)([A-Za-z][A-Za-z0-9_]*)(?:(\+\+)(?![A-Za-z_+])|#(?![\w#]))")
_DOTTED: Final = re.compile(r"\.(?<![\w.]\.)([A-Za-z][A-Za-z0-9_]*)")

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
_YEAR: Final = r"(?:,? (\d{4})\b)?"
_DIGIT: Final = re.compile("[0-9]")
_FIGURES: Final = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_FIRST: Final = re.compile(rf"{_DAY}\.? {_MONTH}\.?{_YEAR}", re.IGNORECASE)
_MONTH_FIRST: Final = re.compile(rf"{_MONTH}\.? {_DAY}{_YEAR}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Date:
    """A day of a month, with or without a year."""

    day: int
    month: int
    year: str | None

    @property
    def written(self) -> str:
        """In the one notation of words that the index has: `5 May 2026`."""
        year = f" {self.year}" if self.year else ""
        return f"{self.day} {MONTHS[self.month - 1]}{year}"

    @property
    def figures(self) -> str:
        """In figures: `2026 05 05`."""
        year = f"{self.year} " if self.year else ""
        return f"{year}{self.month:02} {self.day:02}"


def variants(text: str) -> Iterator[str]:
    """Other spellings of the names, numbers and dates in a text (Unicode NFKC)."""
    yield from parts_of_identifiers(text)
    yield from bare_numbers(text)
    yield from names_of_signs(text)
    for date in dates_in_figures(text):
        yield date.written
        yield date.figures  # also where a time follows at once: 2026-05-05T12:00
    for date in dates_in_words(text):
        yield date.written
        yield date.figures


def parts_of_identifiers(text: str) -> Iterator[str]:
    """`get User Name` for `getUserName`; the parts of Persian words."""
    if _HUMPED.search(text):
        for name in _IDENTIFIER.findall(text):
            yield " ".join(_HUMP.split(name))
    if "\u200c" in text:
        for word in _HALF_SPACED.findall(text):
            yield word.replace("\u200c", " ")


def bare_numbers(text: str) -> Iterator[str]:
    """`1.2.3` for `v1.2.3`, `3.12` for `Python3.12`, `1234.50` for `1,234.50`."""
    yield from _NUMBERED.findall(text)
    if "," in text:
        for number in _GROUPED.findall(text):
            yield number.replace(",", "")


def names_of_signs(text: str) -> Iterator[str]:
    """`cplusplus` for `C++`, `csharp` for `C#`, `dotnet` for `.NET`: the usual words for them."""
    if "++" in text or "#" in text:
        for word, plus in _SIGNED.findall(text):
            yield f"{word}{'plusplus' if plus else 'sharp'}"
    for word in _DOTTED.findall(text):
        yield f"dot{word}"


def dates_in_figures(text: str) -> Iterator[Date]:
    """Dates such as `2026-05-05`."""
    for year, month, day in _FIGURES.findall(text):
        yield Date(int(day), int(month), year)


def dates_in_words(text: str) -> Iterator[Date]:
    """English dates such as `5 May`, `May 5th, 2026`."""
    if not _DIGIT.search(text):
        return
    found = [(month, day, year) for day, month, year in _DAY_FIRST.findall(text)]
    for month, day, year in found + _MONTH_FIRST.findall(text):
        yield Date(int(day), _NUMBERS[month.lower()], year or None)
