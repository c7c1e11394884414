"""Time and identity, so that tests own both."""

from typing import Protocol


class Clock(Protocol):
    """The time and new names."""

    def now(self) -> int:
        """UTC milliseconds since 1970."""
        ...

    def new_id(self) -> str:
        """A UUIDv7 as text: unique, and later ones sort later."""
        ...
