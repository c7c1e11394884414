"""What keeps the store in order without anybody asking."""

import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from memorizer.domain.embeddings import VectorKind
from memorizer.domain.errors import EmbedderUnavailable, MemorizerError, NotFound, TextRejected
from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.memories import Filter, Vector
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobAdmin, JobInsights
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import HARMLESS, ActiveModelResolver
from memorizer.services.jobs import embedding_job

BATCH: Final = 500


INDEXED: Final = 100


REPLY_AGE_MS: Final = 7 * 24 * 3_600_000
"""How long an Idempotency-Key is remembered."""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Duties of a worker."""

    database: Database
    queue: JobAdmin
    insights: JobInsights
    spaces: ActiveModelResolver
    clock: Clock
    job_age_ms: int

    async def embed_pending(self) -> int:
        """Queue jobs for memories without vectors, once the embedder works; how many.

        Each is postponed with it: one that cannot be embedded keeps no others waiting.
        """
        now, room = self.clock.now(), BATCH - await self._waiting()
        if room <= 0:
            return 0
        ids = await self.database.read(lambda tx: tx.memories.pending_ids(now, limit=room))
        if not ids or not await self._is_embedder_fit():
            return 0
        jobs = [embedding_job(self.clock, memory_id) for memory_id in ids]

        def work(tx: MemoryTransaction) -> None:
            tx.jobs.enqueue(jobs)
            tx.memories.postpone_embedding(ids, now)

        await self.database.write(work)
        return len(jobs)

    async def _waiting(self) -> int:
        """Jobs for single memories that no worker has come to yet."""
        counts = await self.insights.counts()
        return sum(c.by_state[JobState.WAITING] for c in counts if c.queue is Queue.EMBEDDINGS)

    async def _is_embedder_fit(self) -> bool:
        """Whether there are vectors to be had, and of the right length; else jobs would fail."""
        space = await self.spaces.active()
        try:
            vector = await space.require().embed_query(HARMLESS)
        except (EmbedderUnavailable, TextRejected):
            return False
        return space.model is None or len(vector) == 4 * space.model.dimensions

    async def purge_vectors(self) -> int:
        """Delete vectors that no search uses any more, in small transactions; how many."""
        await self._give_up_abandoned()
        purged = 0
        while gone := await self.database.write(lambda tx: tx.models.purge_retired(limit=BATCH)):
            purged += gone
        return purged

    async def index_pending_vectors(self) -> int:
        """Put some of the new vectors into the index, which takes less than a second; how many."""
        return await self.database.write(lambda tx: tx.models.index_pending(limit=INDEXED))

    async def _give_up_abandoned(self) -> None:
        """Retire models under construction whose job was cancelled or is gone."""
        for model in await self.database.read(lambda tx: tx.models.list_building()):
            if model.job_id is None or await self._is_given_up(model.job_id):
                await self.database.write(partial(_retire, model_id=model.id))

    async def _is_given_up(self, job_id: str) -> bool:
        try:
            return (await self.insights.get(job_id)).state is JobState.CANCELLED
        except NotFound:
            return True

    async def prune(self) -> int:
        """Remove jobs that ended long ago and old replies; how many jobs."""
        now = self.clock.now()
        await self.database.write(lambda tx: tx.idempotency.delete_older_than(now - REPLY_AGE_MS))
        return await self.queue.clean(now - self.job_age_ms)


def _retire(tx: MemoryTransaction, *, model_id: int) -> None:
    tx.models.retire(model_id)


async def warm_up(database: Database) -> None:
    """Search once, for nothing in particular: so the database reads its index of vectors."""
    with suppress(MemorizerError):  # whoever really searches is told
        await database.read(_search)


def _search(tx: MemoryTransaction) -> None:
    model = tx.models.active()
    if model is None:
        return
    anything = Vector(struct.pack("<f", 1.0) * model.dimensions)
    for kind in VectorKind:
        tx.vectors.nearest(model, kind, anything, Filter(), limit=1)
