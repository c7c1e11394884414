"""The computer's own time, and ids made from it."""

import time
from typing import Final

import uuid_utils

NANOSECONDS_PER_MS: Final = 1_000_000


class SystemClock:
    """Implements ports.clock.Clock."""

    def now(self) -> int:
        """Milliseconds since 1970, by the wall clock: it may be set back."""
        return time.time_ns() // NANOSECONDS_PER_MS

    def new_id(self) -> str:
        """Return a UUIDv7 (RFC 9562): ids sort by the time at which they were made."""
        return str(uuid_utils.uuid7())
