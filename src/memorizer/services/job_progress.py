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
from memorizer.ports.job_queue import JobReader
from memorizer.ports.signals import Signals
from memorizer.services.job_memories import JobMemoryLoader

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

    job_reader: JobReader
    signals: Signals
    contents: JobMemoryLoader

    async def job(
        self, job_id: str, queue: Queue | None = None, *, after: int = -1
    ) -> AsyncGenerator[ProgressUpdate | None]:
        """Yield updates with revisions above `after`, until the job is final.

        None is yielded when nothing happened for a while or the queue cannot be reached: send
        something to keep the connection open. Raises NotFound.
        """
        async with self.signals.subscribe(of_job(job_id)) as subscription:
            seen, last_sent_at = after, monotonic()
            last_sent: tuple[int, JobState] | None = None
            while not self.signals.closed:
                try:
                    job = await self.job_reader.get(job_id, queue)
                    if job.is_final:  # the only update that tells of its memory
                        job = await self.contents.load(job)
                except QueueUnavailable:
                    yield None
                    last_sent_at = monotonic()
                    await subscription.wait(RETRY_SECONDS)
                    continue
                for update in updates(job, seen, last_sent):
                    yield update
                    seen, last_sent_at = update.revision, monotonic()
                    last_sent = update.progress, update.state
                if job.is_final:
                    return
                await subscription.wait(max(last_sent_at + KEEP_ALIVE_SECONDS - monotonic(), 0))
                if monotonic() - last_sent_at >= KEEP_ALIVE_SECONDS:
                    yield None
                    last_sent_at = monotonic()


def updates(job: Job, seen: int, last_sent: tuple[int, JobState] | None) -> list[ProgressUpdate]:
    """Return the updates above revision `seen`, in order; `last_sent` is a progress and a state."""
    steps = [
        ProgressUpdate(step.revision, step.progress, JobState.ACTIVE, job)
        for step in job.steps
        if step.revision > seen
    ]
    now = (job.progress, job.state)
    last = (steps[-1].progress, steps[-1].state) if steps else last_sent
    # that a worker took the job is no news of its own: its first step follows at once
    if job.revision > seen and now not in (last, (0, JobState.ACTIVE)):
        steps.append(ProgressUpdate(job.revision, job.progress, job.state, job))
    return steps
