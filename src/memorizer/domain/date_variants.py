"""Dates are written in two ways: 2026-03-12, and 12 March 2026 or March 12. Each tells the other.

English names of months only; dates in other languages are found as they are written.
"""

import re
from collections.abc import Iterator
from typing import Final

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
    """Day and month of every date in the text, as somebody else would write them."""
    for month, day in _FIGURES.findall(text):
        yield f"{int(day)} {MONTHS[int(month) - 1]}"
    named = [(month, day) for day, month in _DAY_FIRST.findall(text)]
    for month, day in named + _MONTH_FIRST.findall(text):
        number = _NUMBERS[month.lower()]
        yield f"{MONTHS[number - 1]} {number:02} {int(day):02}"
