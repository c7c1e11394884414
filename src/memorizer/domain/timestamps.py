"""Conversion between UTC milliseconds and ISO 8601."""

from datetime import UTC, datetime, timedelta
from typing import Final

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TIMESTAMP_MS: Final = 253_402_300_799_999
"""The end of the year 9999, in UTC milliseconds."""


def to_iso(milliseconds: int) -> str:
    """Return a time as ISO 8601 in UTC with milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def end_of(text: str) -> int:
    """UTC milliseconds of the end of a day, or of the time itself if it names one.

    Raises ValueError.
    """
    at = from_iso(text)
    is_day = len(text.strip()) == len("2026-11-23") and "T" not in text
    return min(at + DAY_MS, MAX_TIMESTAMP_MS) if is_day else at


def from_iso(text: str) -> int:
    """UTC milliseconds of an ISO 8601 time; UTC where it names no zone. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    milliseconds = (aware - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= milliseconds <= MAX_TIMESTAMP_MS:
        raise ValueError(f"{text} lies outside of the years 1970 to 9999")
    return milliseconds
