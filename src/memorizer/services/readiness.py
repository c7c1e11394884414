"""What `/readyz` tells: every part's last word, cheap enough that anybody may ask at any time.

A part is tried again when its word is some seconds old, by one request for all. Only the vital
part is waited for: a balancer that gives a check two seconds must not drop a server that stores
and finds because its Redis or a model hangs.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final

from memorizer.domain.errors import MemorizerError, Unavailable
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobInsights
from memorizer.services.health import MODELS, VITAL, Check, Trial
from memorizer.services.hints import DOCTOR
from memorizer.services.reuse import Reused

FRESH_SECONDS: Final = 5.0
MODEL_FRESH_SECONDS: Final = 60.0
FAILED_FRESH_SECONDS: Final = 1.0
"""So that a recovery is seen soon."""
FAILED_MODEL_FRESH_SECONDS: Final = 10.0
OTHERS_SECONDS: Final = 0.5
"""How long the parts that are not vital are waited for; then their last word is told."""


class Readiness:
    """Knows how the parts are without trying them at every question; `at_once` costs nothing."""

    def __init__(
        self,
        trials: Sequence[Trial],
        at_once: Sequence[Callable[[], Check]] = (),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._at_once = at_once
        self._parts = {
            trial.part: Reused(trial.run, partial(_fresh_seconds, trial.part), clock)
            for trial in trials
        }

    async def checks(self) -> list[Check]:
        """Every part's newest word; returns as soon as the vital part has answered."""
        asked = {part: task for part, it in self._parts.items() if (task := it.refresh())}
        if asked:
            await asyncio.wait(asked.values(), timeout=OTHERS_SECONDS)
        if VITAL in asked:
            await asyncio.wait({asked[VITAL]})
        words = [it.last or _silent(part) for part, it in self._parts.items()]
        return [*words, *(check() for check in self._at_once)]

    async def close(self) -> None:
        """Try nothing any more."""
        for part in self._parts.values():
            await part.close()


@dataclass(frozen=True, slots=True)
class Workforce:
    """Whether somebody runs the jobs."""

    insights: JobInsights
    clock: Clock
    works_here: bool
    """Whether this process is meant to run them."""
    started_at: int
    lease_ms: int

    async def check(self) -> str:
        """Raises NoWorker."""
        try:
            workers = await self.insights.workers()
        except Unavailable as error:
            raise MemorizerError("not known while the queue does not answer") from error
        if workers:
            return f"{len(workers)} alive"
        if self.works_here and self.clock.now() < self.started_at + self.lease_ms:
            return "starting"
        raise NoWorker(works_here=self.works_here)


class NoWorker(Unavailable):
    """No worker is alive: titles and embeddings wait."""

    def __init__(self, *, works_here: bool) -> None:
        super().__init__(
            hint="This server should run jobs itself. Its log says why it does not; restart it."
            if works_here
            else "Start `memorizer worker`, or this server with MEMORIZER_WORKER=true."
        )


def _fresh_seconds(part: str, check: Check) -> float:
    if part in MODELS:
        return MODEL_FRESH_SECONDS if check.ok else FAILED_MODEL_FRESH_SECONDS
    return FRESH_SECONDS if check.ok else FAILED_FRESH_SECONDS


def _silent(part: str) -> Check:
    return Check(part, ok=False, detail="has not answered yet", hint=DOCTOR)
