"""Cancelling jobs on Redis, with their children."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.job_reader import BullmqJobReader
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.domain.errors import ActionNotAllowed, NotFound
from memorizer.domain.jobs import Action, Job, JobState, Queue, require
from memorizer.ports.transactions import Database

BATCH_JOBS: Final = 500


class Cancellation:
    """Ends jobs that do not run, and asks the workers of others to stop.

    Everything raises QueueUnavailable.
    """

    def __init__(
        self,
        queues: Mapping[Queue, Transitions],
        job_reader: BullmqJobReader,
        dispatcher: Dispatcher,
        database: Database,
    ) -> None:
        self._queues = queues
        self._job_reader = job_reader
        self._dispatcher = dispatcher
        self._database = database

    async def cancel(self, job_id: str) -> Job:
        """End a job that does not run, or ask its worker to. Raises NotFound, ActionNotAllowed."""
        await self._dispatcher.send()
        while True:
            job = await self._job_reader.get(job_id)
            require(Action.CANCEL, job.state)
            transitions = self._queues[job.queue]
            if job.state is JobState.ACTIVE:
                done = await transitions.request_cancel(job_id)
            else:
                done = await self.cancel_idle(transitions, job_id)
            if done:
                return await self._job_reader.get(job_id)

    async def cancel_idle(self, transitions: Transitions, job_id: str) -> bool:
        """Cancel a job that does not run, and its children; False when it began meanwhile."""
        await self.cancel_children(job_id)
        if not await transitions.cancel(job_id):
            return False
        await self.drop_outbox_entry(job_id)
        return True

    async def cancel_children(self, job_id: str) -> None:
        """Cancel all unfinished children, many at once: a bulk job has thousands."""
        children = await self._database.read(lambda tx: tx.outbox.unfinished_children(job_id))
        for start in range(0, len(children), BATCH_JOBS):
            await self._cancel_together(children[start : start + BATCH_JOBS])

    async def _cancel_together(self, job_ids: Sequence[str]) -> None:
        gone: set[str] = set()
        for transitions in self._queues.values():
            if rest := [job_id for job_id in job_ids if job_id not in gone]:
                gone |= await transitions.cancel_many(rest)
        if gone:
            await self._database.write(lambda tx: tx.outbox.drop(list(gone)))
        for child_id in set(job_ids) - gone:
            with suppress(ActionNotAllowed, NotFound):  # it ended meanwhile
                await self.cancel(child_id)

    async def drop_outbox_entry(self, job_id: str) -> None:
        """Delete a job that has ended from the outbox."""
        await self._database.write(lambda tx: tx.outbox.drop([job_id]))
