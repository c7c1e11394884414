"""Re-embeds one memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from memorizer.domain.errors import NotFound, StaleWork, TextRejected
from memorizer.domain.jobs import REEMBED_ONE, Job
from memorizer.domain.memories import EmbeddingStatus, Memory
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import Embedded, Embedding, compute_or_reject, mark_failed
from memorizer.tasks.job_memory import memory_of_job


@dataclass(frozen=True, slots=True)
class ReembedOne:
    """Re-embeds a memory's present version with the active model."""

    database: Database
    embedding: Embedding
    name: str = REEMBED_ONE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Compute the vectors; the effect stores them if the memory is still at this version."""
        memory = await memory_of_job(self.database, job)
        if memory is None:
            return lambda _: {"skipped": "the memory was deleted"}
        await report(10)
        active = await self.embedding.active_model.active()
        if active.embedder is None:
            return lambda _: {"skipped": "the model of the other memories cannot be opened"}
        try:
            embedded = await compute_or_reject(active.embedder, memory.content)
        except TextRejected:
            await self.database.write(lambda tx: mark_failed(tx, [memory]))
            raise
        return lambda tx: self._apply(tx, memory, embedded)

    def _apply(self, tx: Transaction, memory: Memory, embedded: Embedded) -> Mapping[str, object]:
        try:
            now = tx.memories.get(memory.id)
        except NotFound:
            return {"skipped": "the memory was deleted"}
        if now.version != memory.version:
            raise StaleWork
        tx.vectors.put(self.embedding.model(tx, embedded), embedded.to_memory_vectors(memory))
        tx.memories.set_embedding_status(memory.id, EmbeddingStatus.READY)
        return {"model": embedded.model, "vectors": len(embedded.content) + 1}
