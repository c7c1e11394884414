"""How thorough tests of faults are: a selection in `make test`, everything in `make chaos`."""

import os
from typing import Final, TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T")

THOROUGH: Final = bool(os.environ.get("MEMORIZER_TEST_CHAOS"))
"""Whether `make chaos` runs."""

fuzz: Final = settings(
    max_examples=int(os.environ.get("MEMORIZER_TEST_FUZZ", "60")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""So many cases; MEMORIZER_TEST_FUZZ says how many."""


def either(*, chaos: T, otherwise: T) -> T:
    """The one for the present run."""
    return chaos if THOROUGH else otherwise
