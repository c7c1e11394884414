"""Consumes one queue in one worker: claims jobs while slots are free, runs and cancels them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import structlog

from memorizer.domain.errors import MemorizerError, QueueUnavailable, Unavailable
from memorizer.domain.jobs import Claim, Lease, Queue, StopRequests
from memorizer.domain.topics import STOPS, of_queue
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobConsumer, JobReader
from memorizer.ports.signals import Signals, Subscription
from memorizer.supervision import Loop
from memorizer.worker.execution import JobExecution

log = structlog.get_logger()

IDLE_SECONDS = 5.0
"""Poll interval when no signal arrives."""
RETRY_SECONDS = 1.0
"""Pause after the queue could not be reached."""


class QueueConsumer:
    """Runs up to `slots` jobs of one queue at a time."""

    def __init__(
        self,
        worker_id: str,
        queue: Queue,
        slots: int,
        *,
        jobs: JobConsumer,
        job_reader: JobReader,
        signals: Signals,
        clock: Clock,
        start: Callable[[Claim], JobExecution],
    ) -> None:
        self._worker_id = worker_id
        self.queue = queue
        self._slots = slots
        self._jobs = jobs
        self._job_reader = job_reader
        self._signals = signals
        self._clock = clock
        self._start = start
        self._running: dict[asyncio.Task[None], JobExecution] = {}
        self._check_stops = False

    @property
    def leases(self) -> list[Lease]:
        """The leases of the running jobs."""
        return [execution.lease for execution in self._running.values()]

    async def run(self, stop: asyncio.Event, loop: Loop, *, grace_seconds: float) -> None:
        """Run jobs until `stop` is set; then let running jobs finish, and release the rest.

        It can be called again after an unexpected error: running jobs are still known.
        """
        self._check_stops = True  # a signal may have been missed
        stopped = asyncio.create_task(stop.wait())
        try:
            async with self._signals.subscribe(of_queue(self.queue), STOPS) as news:
                while not stop.is_set():
                    await self._poll_once(news, stopped)
                    loop.works()
        finally:
            stopped.cancel()
        await self._drain(grace_seconds)

    def apply_stop_requests(self, requests: StopRequests) -> None:
        """Stop the executions whose jobs were cancelled or whose leases were lost."""
        for task, execution in self._running.items():
            if execution.is_ending or execution.cancelled:
                continue
            if execution.job.id in requests.cancelled:
                execution.cancelled = True
                task.cancel()
            elif execution.job.id in requests.lost:
                task.cancel()

    async def _poll_once(self, news: Subscription, stopped: asyncio.Task[Literal[True]]) -> None:
        """Fill the free slots, then wait for a signal, the end of a job or the stop."""
        try:
            if self._check_stops and self._running:
                self.apply_stop_requests(await self._jobs.stop_requests(self.leases))
            seconds = await self._fill()
        except QueueUnavailable:
            seconds = RETRY_SECONDS  # the queue's adapter said so in the log, once
        except MemorizerError as error:
            log.warning("the queue cannot be reached", queue=self.queue, error=str(error))
            seconds = IDLE_SECONDS
        waiter = asyncio.create_task(news.wait(seconds))
        happenings: set[asyncio.Task[Any]] = {waiter, stopped, *self._running}
        try:
            await asyncio.wait(happenings, return_when=asyncio.FIRST_COMPLETED)
            self._reap()
        finally:
            waiter.cancel()
        await asyncio.wait({waiter})
        self._check_stops = not waiter.cancelled() and STOPS in waiter.result()

    async def _fill(self) -> float:
        """Claim jobs for the free slots; return how long to wait for a signal, in seconds."""
        while free := self._slots - len(self._running):
            claims = await self._jobs.claim(self._worker_id, self.queue, free)
            for claim in claims:
                execution = self._start(claim)
                self._running[asyncio.create_task(execution.run())] = execution
            if len(claims) < free:
                return await self._until_due()
            self._reap()
        return IDLE_SECONDS

    async def _until_due(self) -> float:
        """Seconds until the next delayed job may be claimed, at most the idle time."""
        due = await self._job_reader.next_due(self.queue)
        if due is None:
            return IDLE_SECONDS
        return min(max((due - self._clock.now()) / 1_000, 0.01), IDLE_SECONDS)

    def _reap(self) -> None:
        for task in [task for task in self._running if task.done()]:
            execution = self._running.pop(task)
            if not task.cancelled() and (error := task.exception()):
                # the lease runs out and the job is rescued
                log.error(
                    "a job execution could not be ended", job_id=execution.job.id, error=str(error)
                )

    async def _drain(self, grace_seconds: float) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        unfinished = {task: a for task, a in self._running.items() if not task.done()}
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        with suppress(Unavailable):  # then their leases run out
            await self._jobs.release([execution.lease for execution in unfinished.values()])
