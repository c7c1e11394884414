"""Maintenance that workers do periodically, and warming up a database."""

import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from memorizer.domain.embeddings import VectorKind
from memorizer.domain.errors import EmbedderUnavailable, MemorizerError, NotFound, TextRejected
from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.memories import Content, Filter, Vector
from memorizer.domain.text_analysis import needs_new_index
from memorizer.domain.timestamps import DAY_MS
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobAdmin, JobReader
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import PROBE_TEXT, ActiveModelResolver
from memorizer.services.jobs import embedding_job

BATCH: Final = 500
INDEX_BATCH: Final = 100
WORDS_BATCH: Final = 100
"""Other writers wait for one batch, some 10 ms."""
IDEMPOTENCY_AGE_MS: Final = 7 * DAY_MS
"""How long an Idempotency-Key is kept."""
UPLOAD_AGE_MS: Final = 7 * DAY_MS
"""How long the bytes of a file are kept that could not be ingested, so that its job can retry."""
SHOWN_AGE_MS: Final = 7 * DAY_MS
"""How long it is known what a session was shown."""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What workers do periodically."""

    database: Database
    queue: JobAdmin
    job_reader: JobReader
    active_model: ActiveModelResolver
    clock: Clock
    job_age_ms: int

    async def embed_pending(self) -> int:
        """Queue jobs for memories without vectors if the embedder works; return their number.

        Their next turn is postponed: a memory that cannot be embedded does not block others.
        """
        now, free = self.clock.now(), BATCH - await self._waiting()
        if free <= 0:
            return 0
        ids = await self.database.read(lambda tx: tx.memories.pending_ids(now, limit=free))
        if not ids or not await self._is_embedder_fit():
            return 0
        jobs = [embedding_job(self.clock, memory_id) for memory_id in ids]

        def transaction(tx: MemoryTransaction) -> None:
            tx.jobs.enqueue(jobs)
            tx.memories.postpone_embedding(ids, now)

        await self.database.write(transaction)
        return len(jobs)

    async def _waiting(self) -> int:
        """Return the number of waiting embedding jobs."""
        counts = await self.job_reader.counts()
        return sum(c.by_state[JobState.WAITING] for c in counts if c.queue is Queue.EMBEDDINGS)

    async def _is_embedder_fit(self) -> bool:
        """Whether the active model's embedder works and its vectors have the right length."""
        active = await self.active_model.active()
        try:
            vector = await active.require().embed_query(PROBE_TEXT)
        except (EmbedderUnavailable, TextRejected):
            return False
        return active.model is None or len(vector) == 4 * active.model.dimensions

    async def purge_vectors(self) -> int:
        """Delete vectors of retired models in small transactions. Return the number deleted."""
        await self._give_up_abandoned()
        purged = 0
        while gone := await self.database.write(lambda tx: tx.models.purge_retired(limit=BATCH)):
            purged += gone
        return purged

    async def index_pending_vectors(self) -> int:
        """Index up to 100 pending vectors (PostgreSQL only). Return the number indexed."""
        return await self.database.write(lambda tx: tx.models.index_pending(limit=INDEX_BATCH))

    async def renew_words(self) -> int:
        """Index memories anew whose words an earlier version made; return how many it looked at.

        Only those of which today's analysis makes something else are written, and those in a
        workspace, which stands among the words.
        """
        if not await self.database.read(lambda tx: tx.full_text.has_outdated()):
            return 0
        return await self.database.write(_renew_words)

    async def _give_up_abandoned(self) -> None:
        """Retire models that are being built and whose job was cancelled or removed."""
        for model in await self.database.read(lambda tx: tx.models.list_building()):
            if model.job_id is None or await self._is_given_up(model.job_id):
                await self.database.write(partial(_retire, model_id=model.id))

    async def _is_given_up(self, job_id: str) -> bool:
        try:
            return (await self.job_reader.get(job_id)).state is JobState.CANCELLED
        except NotFound:
            return True

    async def prune(self) -> int:
        """Remove old ended jobs, uploads, idempotency records and what sessions were shown.

        Return the number of jobs removed.
        """
        now = self.clock.now()

        def transaction(tx: MemoryTransaction) -> None:
            tx.idempotency.delete_older_than(now - IDEMPOTENCY_AGE_MS)
            tx.shown.delete_older_than(now - SHOWN_AGE_MS)
            tx.documents.remove_uploads_before(now - UPLOAD_AGE_MS)

        await self.database.write(transaction)
        return await self.queue.clean(now - self.job_age_ms)


def _renew_words(tx: MemoryTransaction) -> int:
    ids = tx.full_text.take_outdated(limit=WORDS_BATCH)
    for memory in tx.memories.get_many(ids):
        if memory.workspace_id is not None or _needs_new_words(memory.content):
            tx.full_text.put(memory)
    return len(ids)


def _needs_new_words(content: Content) -> bool:
    return any(map(needs_new_index, (content.title or "", *content.tags, content.text)))


def _retire(tx: MemoryTransaction, *, model_id: int) -> None:
    tx.models.retire(model_id)


async def warm_up(database: Database) -> None:
    """Search once for any vector, so that the database reads its vector index into memory."""
    with suppress(MemorizerError):  # whoever really searches is told
        await database.read(_search)


def _search(tx: MemoryTransaction) -> None:
    model = tx.models.active()
    if model is None:
        return
    anything = Vector(struct.pack("<f", 1.0) * model.dimensions)
    for kind in VectorKind:
        tx.vectors.nearest(model, kind, anything, Filter(), limit=1)
