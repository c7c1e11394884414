"""Streams one job's progress until it ends.

A signal only says that the job changed; then its state is read again. So a viewer that connects
late, again or after the end gets the same steps and the same final state.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from time import monotonic

from memorizer.domain.errors import QueueUnavailable
from memorizer.domain.jobs import Job, JobState, Queue
from memorizer.domain.topics import of_job
from memorizer.ports.job_queue import JobInsights
from memorizer.ports.signals import Signals
from memorizer.services.job_contents import JobContents

KEEP_ALIVE_SECONDS = 15.0
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ProgressUpdate:
    """One update for a viewer. `revision` orders updates and lets a viewer resume."""

    revision: int
    progress: int
    state: JobState
    job: Job


@dataclass(frozen=True, slots=True)
class JobProgressStream:
    """Streams the progress of jobs."""

    insights: JobInsights
    signals: Signals
    contents: JobContents

    async def job(
        self, job_id: str, queue: Queue | None = None, *, after: int = -1
    ) -> AsyncGenerator[ProgressUpdate | None]:
        """Yield updates with revisions above `after`, until the job is final.

        None is yielded when nothing happened for a while or the queue cannot be reached: send
        something to keep the connection open. Raises NotFound.
        """
        async with self.signals.subscribe(of_job(job_id)) as subscription:
            seen, spoken = after, monotonic()
            told: tuple[int, JobState] | None = None
            while not self.signals.closed:
                try:
                    job = await self.insights.get(job_id, queue)
                    if job.is_final:  # the only update that tells of its memory
                        job = await self.contents.one(job)
                except QueueUnavailable:
                    yield None
                    spoken = monotonic()
                    await subscription.wait(RETRY_SECONDS)
                    continue
                for update in updates(job, seen, told):
                    yield update
                    seen, spoken = update.revision, monotonic()
                    told = update.progress, update.state
                if job.is_final:
                    return
                await subscription.wait(max(spoken + KEEP_ALIVE_SECONDS - monotonic(), 0))
                if monotonic() - spoken >= KEEP_ALIVE_SECONDS:
                    yield None
                    spoken = monotonic()


def updates(job: Job, seen: int, told: tuple[int, JobState] | None) -> list[ProgressUpdate]:
    """The updates above revision `seen`, in order; `told` is the last progress and state sent."""
    steps = [
        ProgressUpdate(step.revision, step.progress, JobState.ACTIVE, job)
        for step in job.steps
        if step.revision > seen
    ]
    now = (job.progress, job.state)
    last = (steps[-1].progress, steps[-1].state) if steps else told
    # that a worker took the job is no news of its own: its first step follows at once
    if job.revision > seen and now not in (last, (0, JobState.ACTIVE)):
        steps.append(ProgressUpdate(job.revision, job.progress, job.state, job))
    return steps
