"""Until when a memory holds: times of validity, and what replaces what.

A relationship `supersedes` says that one memory replaces another. Nothing else does: neither
similarity nor age makes a memory outdated by itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, NamedTuple

from memorizer.domain.errors import InvalidField
from memorizer.domain.timestamps import MAX_TIMESTAMP_MS

SUPERSEDES: Final = "supersedes"
"""The type of relationship that says so; case does not distinguish it."""
MAX_REPLACED: Final = 100
"""Memories that one request may replace."""


def says_supersedes(type_: str) -> bool:
    """Whether a relationship of this type means that its first memory replaces its second."""
    return type_.strip().lower() == SUPERSEDES


@dataclass(frozen=True, slots=True)
class Times:
    """When a memory holds, when to look at it again, and when what it tells of happened.

    UTC milliseconds; None where nothing is said.
    """

    valid_from: int | None = None
    valid_until: int | None = None
    """The first moment at which it no longer holds."""
    review_at: int | None = None
    happened_at: int | None = None

    def __post_init__(self) -> None:
        """Check the order. Raises InvalidField."""
        for name, at in self.items():
            if not 0 <= at <= MAX_TIMESTAMP_MS:
                raise InvalidField(name, "must lie in the years 1970 to 9999")
        if None not in {self.valid_from, self.valid_until} and (
            (self.valid_until or 0) <= (self.valid_from or 0)
        ):
            raise InvalidField("validUntil", "must be later than validFrom")

    def items(self) -> list[tuple[str, int]]:
        """Those that are given, under their names in JSON."""
        named = [(NAMES[each.name], getattr(self, each.name)) for each in fields(self)]
        return [(name, at) for name, at in named if at is not None]


NAMES: Final[Mapping[str, str]] = {
    "valid_from": "validFrom",
    "valid_until": "validUntil",
    "review_at": "reviewAt",
    "happened_at": "happenedAt",
}
"""The fields of Times as JSON has them."""
NO_TIMES: Final = Times()


class Supersession(NamedTuple):
    """By what a memory is replaced, and from when on (UTC milliseconds)."""

    by: str | None
    """None: by a memory that the caller may not see."""
    at: int


class Validity(StrEnum):
    """Which memories a Filter asks for, by what holds at a moment."""

    CURRENT = "current"
    """Valid, and not replaced."""
    HELD = "held"
    """Current as seen from that moment: those that were stored later are left out too."""
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REVIEW = "review"
    """Current, and its time for a review has come."""


def held_at(end: int | None) -> tuple[Validity, int] | None:
    """Return what a Filter wants of memories, and the moment that the question is about."""
    return None if end is None else (Validity.HELD, end - 1)


class Replacement(NamedTuple):
    """That one memory replaces another, from `at` on (UTC milliseconds)."""

    newer: str
    older: str
    at: int


def supersession_of(
    memory_id: str, replacements: Collection[Replacement], created: Mapping[str, int]
) -> Supersession | None:
    """Return what replaces a memory; None if it is current.

    `replacements` are all that lead to it and from it, over any number of steps; `created` is
    when each of these memories was. Where memories replace each other in a circle, the newest
    of them is current, so that some memory always is.
    """
    into = [each for each in replacements if each.older == memory_id]
    if not into:
        return None
    newer = _reached(memory_id, [(each.older, each.newer) for each in replacements])
    older = _reached(memory_id, [(each.newer, each.older) for each in replacements])
    circle = {memory_id, *(newer & older)}
    entering = [each for each in replacements if each.older in circle and each.newer not in circle]
    if entering:
        first = min(entering, key=lambda each: (each.older != memory_id, each.at, each.newer))
        return Supersession(first.newer, first.at)
    newest = max(circle, key=lambda id_: (created[id_], id_))
    if newest == memory_id:
        return None
    return Supersession(newest, min(each.at for each in into))


def _reached(start: str, steps: Collection[tuple[str, str]]) -> set[str]:
    """Return what can be reached from a memory in one step or more."""
    following: dict[str, list[str]] = {}
    for one, other in steps:
        following.setdefault(one, []).append(other)
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in following.get(waiting.pop(), ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen
