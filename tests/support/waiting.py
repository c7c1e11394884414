"""Waiting for something to become true, instead of sleeping and hoping."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

HANG_SECONDS: Final = 300.0
"""For every limit that only ends what hangs. A test passes or fails by what it sees, never by how
long it took: ten busy processes beside it may not come near this, and it costs nothing when the
thing works. pytest's own timeout lies above it, so that the test can say what it waited for."""


async def wait_until(probe: Callable[[], Awaitable[T]], *, description: str) -> T:
    """The first truthy answer of `probe`; fails with the description when there is none."""
    deadline = asyncio.get_running_loop().time() + HANG_SECONDS
    while True:
        answer = await probe()
        if answer:
            return answer
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {HANG_SECONDS:g} s in vain for: {description}")
        await asyncio.sleep(0.01)
