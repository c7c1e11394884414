"""The computer's own time, and ids made from it."""

import time

import uuid_utils


class SystemClock:
    """Implements ports.clock.Clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def new_id(self) -> str:
        return str(uuid_utils.uuid7())
