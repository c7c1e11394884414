"""Re-embeds one batch of a bulk job, a few memories per transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.errors import (
    BulkIncomplete,
    EmbedderUnavailable,
    MemorizerError,
    TextRejected,
)
from memorizer.domain.jobs import REEMBED_BATCH, BulkBatch, Job, JobFailure
from memorizer.domain.memories import EmbeddingStatus, Memory
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import (
    ActiveModelResolver,
    Embedded,
    compute_or_reject,
    mark_failed,
)

TRANSACTION_MEMORIES: Final = 8
"""Memories stored in one transaction: what is done again at most after a worker was killed."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Vectors and errors by memory; memories deleted meanwhile are in neither list."""

    embedded: list[tuple[Memory, Embedded]]
    errors: list[tuple[Memory, MemorizerError]]

    def store(self, tx: Transaction, model: EmbeddingModel) -> None:
        """Store the vectors of memories that did not change; mark rejected ones as failed.

        Raises EmbedderUnavailable for vectors that are not those of `model`.
        """
        now = {m.id: m.version for m in tx.memories.get_many([m.id for m, _ in self.embedded])}
        for memory, vectors in self.embedded:
            # a newer version was embedded by whoever wrote it
            if now.get(memory.id) == memory.version:
                _require_compatible(vectors, model)
                tx.vectors.put(model, vectors.to_memory_vectors(memory))
                if model.state is ModelState.ACTIVE:
                    tx.memories.set_embedding_status(memory.id, EmbeddingStatus.READY)
        mark_failed(tx, [m for m, error in self.errors if isinstance(error, TextRejected)])

    def raise_first(self) -> None:
        """Raise the first error other than those of memories that `store` marked as failed."""
        for memory, error in self.errors:
            is_ready = memory.embedding_status is EmbeddingStatus.READY
            if is_ready or not isinstance(error, TextRejected):
                raise error


@dataclass(frozen=True, slots=True)
class ReembedBatch:
    """Re-embeds the items of one batch in order."""

    database: Database
    active_model: ActiveModelResolver
    clock: Clock
    name: str = REEMBED_BATCH

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Store the vectors of the batch transaction by transaction; the effect does nothing."""
        parent, number = str(job.data["jobId"]), int(str(job.data["number"]))
        is_last_try = job.attempts + 1 >= job.max_attempts
        batch = await self.database.read(lambda tx: tx.batches.get(parent, number))
        model = await self.database.read(lambda tx: _model(tx, job))
        embedder = (await self.active_model.with_embedder(model)).require()
        while ids := batch.item_ids[batch.next_item : batch.next_item + TRANSACTION_MEMORIES]:
            result = await embed_each(self.database, embedder, ids)
            if not is_last_try:
                _raise_if_unavailable(result)
            batch = await self._store(job, batch, len(ids), result)
        return lambda _: {"items": len(batch.item_ids)}

    async def _store(
        self, job: Job, batch: BulkBatch, count: int, result: BatchResult
    ) -> BulkBatch:
        """Store vectors and progress in one transaction."""
        now = self.clock.now()
        failures = [JobFailure(m.id, str(error), now) for m, error in result.errors]

        def transaction(tx: Transaction) -> BulkBatch:
            result.store(tx, _model(tx, job))
            return tx.batches.advance(batch, done=count - len(failures), failures=failures)

        return await self.database.write(transaction)


def _model(tx: Transaction, job: Job) -> EmbeddingModel:
    """Return the model whose vectors the batch adds."""
    is_full_reembed = job.data["whole"]
    model = tx.models.building(str(job.data["jobId"])) if is_full_reembed else tx.models.active()
    if model is None:
        raise BulkIncomplete("The new vectors were given up meanwhile.")
    return model


def _require_compatible(vectors: Embedded, model: EmbeddingModel) -> None:
    if not vectors.is_compatible(model):
        raise EmbedderUnavailable(
            f"Vectors of {model.name} ({model.dimensions} dimensions) are wanted; there came some "
            f"of {vectors.model} ({vectors.dimensions}). The model was changed meanwhile."
        )


async def embed_each(database: Database, embedder: Embedder, ids: Sequence[str]) -> BatchResult:
    """Compute the vectors of each memory; a failure does not affect the others."""
    memories = await database.read(lambda tx: tx.memories.get_many(ids))
    computed = await asyncio.gather(*(_compute(embedder, memory) for memory in memories))
    pairs = list(zip(memories, computed, strict=True))
    return BatchResult(
        embedded=[(m, outcome) for m, outcome in pairs if isinstance(outcome, Embedded)],
        errors=[(m, outcome) for m, outcome in pairs if isinstance(outcome, MemorizerError)],
    )


async def _compute(embedder: Embedder, memory: Memory) -> Embedded | MemorizerError:
    try:
        return await compute_or_reject(embedder, memory.content)
    except MemorizerError as error:
        return error


def _raise_if_unavailable(result: BatchResult) -> None:
    """Raise the error of an embedder that is down, so that the batch is tried again later."""
    for _, error in result.errors:
        if isinstance(error, EmbedderUnavailable):
            raise error
