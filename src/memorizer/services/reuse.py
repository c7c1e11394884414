"""An answer that many ask for and that costs something: found once for all who ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar, cast

T = TypeVar("T")


class Reused(Generic[T]):
    """Keeps the last answer for `fresh_seconds`, and looks for one at most once at a time."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        fresh_seconds: Callable[[T], float],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ask = ask
        self._fresh_seconds = fresh_seconds
        self._clock = clock
        self._task: asyncio.Task[T] | None = None
        self._old_at = 0.0
        self.last: T | None = None
        """The last answer, however old it is."""

    def refresh(self) -> asyncio.Task[T] | None:
        """The task that looks for a new answer; None while the last one is fresh."""
        if self._task is None and (self.last is None or self._clock() >= self._old_at):
            self._task = asyncio.create_task(self._look())
        return self._task

    async def get(self) -> T:
        """A fresh answer; raises what asking raises."""
        if (task := self.refresh()) is not None:
            # shielded: who asked may go away, and others wait for the same answer
            return await asyncio.shield(task)
        return cast("T", self.last)

    async def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _look(self) -> T:
        try:
            self.last = answer = await self._ask()
            self._old_at = self._clock() + self._fresh_seconds(answer)
            return answer
        finally:
            self._task = None
