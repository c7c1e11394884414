"""The clock and the source of ids, replaceable in tests.

Every time that is stored comes from here, so that a test can stand still or go to next year.
Time-outs are measured with the monotonic clock instead, and BullMQ reads the system's own.
"""

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
        """Return a new UUIDv7 as lower-case text: unique, and ordered by time of creation."""
        ...
