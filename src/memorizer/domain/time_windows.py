"""A span of time that words name, such as "last week"."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from memorizer.domain.timestamps import DAY_MS

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Whole days in UTC; `start` and `end`, the first moment after it, in milliseconds."""

    start: int
    end: int

    def said(self, now: int) -> str:
        """As people write it, such as "23 to 29 November", and the year unless it is this one."""
        first, last = _day(self.start), _day(self.end - DAY_MS)
        if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
            return (
                str(first.year)
                if first.year == last.year
                else f"{first.year}\N{EN DASH}{last.year}"
            )
        year = "" if first.year == last.year == _day(now).year else f" {last.year}"
        if first.year != last.year:
            return f"{_named(first)} {first.year} \N{EN DASH} {_named(last)}{year}"
        is_month = first.day == 1 and (last + timedelta(days=1)).day == 1
        if is_month and first.month == last.month:
            return f"{MONTHS[first.month - 1]}{year}"
        if first == last:
            return f"{_named(first)}{year}"
        if first.month == last.month:
            return f"{first.day}\N{EN DASH}{_named(last)}{year}"
        return f"{_named(first)} \N{EN DASH} {_named(last)}{year}"


def _named(day: datetime) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def _day(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1_000, UTC).replace(hour=0, minute=0, second=0)
