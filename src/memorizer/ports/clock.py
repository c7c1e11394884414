"""The clock and the source of ids, replaceable in tests."""

from typing import Protocol


class Clock(Protocol):
    """Wall-clock time and new ids.

    Neither raises. The time may go back when somebody sets the clock; ids need not be in its
    order then.
    """

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...

    def new_id(self) -> str:
        """A new UUIDv7 as lower-case text: unique, and ordered by time of creation."""
        ...
