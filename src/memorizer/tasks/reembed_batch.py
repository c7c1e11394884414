"""One slice of a bulk re-embedding: a few memories at a time, each batch settled for good."""

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
from memorizer.domain.jobs import REGENERATE_SLICE, BulkBatch, Job, JobFailure
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

BATCH: Final = 8
"""Memories settled in one transaction: what a killed worker has to do again at most."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch; memories deleted meanwhile are in neither list."""

    embedded: list[tuple[Memory, Embedded]]
    errors: list[tuple[Memory, MemorizerError]]

    def store(self, tx: Transaction, model: EmbeddingModel) -> None:
        """Put the vectors of those that did not change while they were computed.

        What the model does not take is marked as failed. Raises EmbedderUnavailable for vectors
        that are not those of `model`.
        """
        now = {m.id: m.version for m in tx.memories.get_many([m.id for m, _ in self.embedded])}
        for memory, vectors in self.embedded:
            # a newer version was embedded by whoever wrote it
            if now.get(memory.id) == memory.version:
                _require_fit(vectors, model)
                tx.vectors.put(model, vectors.of(memory))
                if model.state is ModelState.ACTIVE:
                    tx.memories.set_embedding_status(memory.id, EmbeddingStatus.READY)
        mark_failed(tx, [m for m, error in self.errors if isinstance(error, TextRejected)])

    def raise_first(self) -> None:
        """Raise the first error but those of memories that `store` marked as failed."""
        for memory, error in self.errors:
            is_ready = memory.embedding_status is EmbeddingStatus.READY
            if is_ready or not isinstance(error, TextRejected):
                raise error


@dataclass(frozen=True, slots=True)
class ReembedBatch:
    """Settles the items of one slice in order."""

    database: Database
    spaces: ActiveModelResolver
    clock: Clock
    name: str = REGENERATE_SLICE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Every batch is final by itself; the effect has nothing left to do."""
        parent, number = str(job.data["jobId"]), int(str(job.data["number"]))
        is_last_try = job.attempts + 1 >= job.max_attempts
        slice_ = await self.database.read(lambda tx: tx.batches.get(parent, number))
        model = await self.database.read(lambda tx: _model(tx, job))
        embedder = (await self.spaces.of(model)).require()
        while ids := slice_.item_ids[slice_.next_item : slice_.next_item + BATCH]:
            outcomes = await embed_each(self.database, embedder, ids)
            if not is_last_try:
                _raise_if_unavailable(outcomes)
            slice_ = await self._settle(job, slice_, len(ids), outcomes)
        return lambda _: {"items": len(slice_.item_ids)}

    async def _settle(
        self, job: Job, slice_: BulkBatch, count: int, outcomes: BatchResult
    ) -> BulkBatch:
        """Vectors and ledger in one transaction."""
        now = self.clock.now()
        failures = [JobFailure(m.id, str(error), now) for m, error in outcomes.errors]

        def work(tx: Transaction) -> BulkBatch:
            outcomes.store(tx, _model(tx, job))
            return tx.batches.advance(slice_, done=count - len(failures), failures=failures)

        return await self.database.write(work)


def _model(tx: Transaction, job: Job) -> EmbeddingModel:
    """Whose vectors the slice adds to."""
    is_whole = job.data["whole"]
    model = tx.models.building(str(job.data["jobId"])) if is_whole else tx.models.active()
    if model is None:
        raise BulkIncomplete("The new vectors were given up meanwhile.")
    return model


def _require_fit(vectors: Embedded, model: EmbeddingModel) -> None:
    if not vectors.is_compatible(model):
        raise EmbedderUnavailable(
            f"Vectors of {model.name} ({model.dimensions} dimensions) are wanted; there came some "
            f"of {vectors.model} ({vectors.dimensions}). The model was changed meanwhile."
        )


async def embed_each(database: Database, embedder: Embedder, ids: Sequence[str]) -> BatchResult:
    """Compute the vectors of each memory; one that fails does not touch the others."""
    memories = await database.read(lambda tx: tx.memories.get_many(ids))
    computed = await asyncio.gather(*(_compute(embedder, memory) for memory in memories))
    pairs = list(zip(memories, computed, strict=True))
    return BatchResult(
        embedded=[(m, result) for m, result in pairs if isinstance(result, Embedded)],
        errors=[(m, result) for m, result in pairs if isinstance(result, MemorizerError)],
    )


async def _compute(embedder: Embedder, memory: Memory) -> Embedded | MemorizerError:
    try:
        return await compute_or_reject(embedder, memory.content)
    except MemorizerError as error:
        return error


def _raise_if_unavailable(outcomes: BatchResult) -> None:
    """An embedder that is down is no fault of the items: try the slice again later."""
    for _, error in outcomes.errors:
        if isinstance(error, EmbedderUnavailable):
            raise error
