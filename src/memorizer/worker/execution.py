"""One execution of a claimed job, from the claim to its outcome."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

import structlog

from memorizer.domain.errors import (
    BulkIncomplete,
    DocumentRejected,
    LeaseLost,
    MemorizerError,
    Misconfigured,
    QueueUnavailable,
    StaleWork,
    TextRejected,
)
from memorizer.domain.jobs import BulkProgress, Claim, Job, JobState, Lease, backoff_ms
from memorizer.ports.job_queue import Effect, JobConsumer, Task
from memorizer.ports.telemetry import Telemetry

log = structlog.get_logger()

STALE_RETRIES: Final = 5
"""How often a task is run anew after StaleWork before the attempt counts as failed."""
FINAL_ERRORS: Final = (TextRejected, DocumentRejected, BulkIncomplete, Misconfigured)
"""Errors that a retry would not change."""


@dataclass(slots=True)
class JobExecution:
    """Runs a claimed job and records its outcome, unless its lease is lost."""

    claim: Claim
    tasks: Mapping[str, Task]
    queue: JobConsumer
    telemetry: Telemetry
    cancelled: bool = field(init=False)
    """Whether the job was cancelled; set before the coroutine is."""
    is_ending: bool = field(init=False, default=False)
    """Whether the outcome is being recorded: the execution may not be cancelled any more."""

    def __post_init__(self) -> None:
        """Take over a cancellation that was requested before the claim."""
        self.cancelled = self.job.cancel_requested

    @property
    def job(self) -> Job:
        """The claimed job."""
        return self.claim.job

    @property
    def lease(self) -> Lease:
        """The lease under which the job was claimed."""
        return self.claim.lease

    async def run(self) -> None:
        """Run the job; raises nothing but CancelledError."""
        with structlog.contextvars.bound_contextvars(job_id=self.job.id, job=self.job.name):
            start = perf_counter()
            try:
                state = await self._outcome()
            except LeaseLost:
                log.warning("the job went to another worker")
                return
            except QueueUnavailable as error:
                log.warning("the job's end could not be recorded", error=str(error))
                return  # its lease runs out; whoever gets it then goes on from what is written
            seconds = perf_counter() - start
            attempt = self.job.attempts + 1
            self.telemetry.attempt_ended(self.job.queue, self.job.name, state, seconds, attempt)
            log.info("job attempt ended", state=state, attempt=attempt, seconds=round(seconds, 3))

    async def _outcome(self) -> JobState:
        try:
            if not self.cancelled:
                await self._complete()
                return JobState.COMPLETED
        except asyncio.CancelledError:
            if not self.cancelled:
                raise  # the worker stops: it gives the job back
        except LeaseLost:
            raise
        except MemorizerError as error:
            return await self._fail(str(error), may_retry=not isinstance(error, FINAL_ERRORS))
        except Exception as error:
            log.exception("a task broke")
            return await self._fail(f"{type(error).__name__}: {error}", may_retry=True)
        self.is_ending = True
        await self.queue.mark_cancelled(self.lease)
        return JobState.CANCELLED

    async def _complete(self) -> None:
        """Run the task and apply its effect; again after StaleWork."""
        for run in range(1, STALE_RETRIES + 1):
            effect = await self._work()
            self.is_ending = True
            try:
                await self.queue.complete(self.lease, effect)
            except StaleWork:
                self.is_ending = False
                if run == STALE_RETRIES:
                    raise
            else:
                return

    async def _work(self) -> Effect:
        task = self.tasks.get(self.job.name)
        if task is None:
            raise Misconfigured(f"This worker does not know jobs named {self.job.name!r}.")
        return await task.run(self.job, self._report)

    async def _report(self, progress: int, items: BulkProgress | None = None) -> None:
        try:
            await self.queue.report(self.lease, progress, items)
        except QueueUnavailable as error:
            log.debug("progress could not be reported", error=str(error))  # the work goes on

    async def _fail(self, error: str, *, may_retry: bool) -> JobState:
        self.is_ending = True
        attempt = self.job.attempts + 1
        wait = backoff_ms(attempt, jitter=random.random()) if may_retry else None  # noqa: S311 - no secret
        await self.queue.fail(self.lease, error, wait)
        is_last = wait is None or attempt >= self.job.max_attempts
        log.warning("job failed", error=error, attempt=attempt, retry_in_ms=wait)
        return JobState.FAILED if is_last else JobState.DELAYED
