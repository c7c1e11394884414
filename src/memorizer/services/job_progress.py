"""Following one job to its end, right in every timing.

A signal only says that the job changed; then its state is read again. So a viewer that
comes late, comes back or comes after the end sees the same steps and the same final state.
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
    """One thing to tell a viewer. `revision` orders updates and lets a viewer resume."""

    revision: int
    progress: int
    state: JobState
    job: Job


@dataclass(frozen=True, slots=True)
class JobProgressStream:
    """Follows jobs."""

    insights: JobInsights
    signals: Signals
    contents: JobContents

    async def job(
        self, job_id: str, queue: Queue | None = None, *, after: int = -1
    ) -> AsyncGenerator[ProgressUpdate | None]:
        """Updates with revisions above `after`, until the job is final.

        None means that nothing happened for a while, or that the queue cannot be reached now:
        send something to keep the line open. Raises NotFound.
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
    """What a viewer who has seen revision `seen` must still be told, in order."""
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
