"""Re-embeds many memories: plans, follows and ends the bulk job.

Re-embedding all memories builds new vectors beside the active ones and switches to them in one
transaction when they are complete; until then searches use the old ones. Chosen memories are
re-embedded in place. The work is done by batches (reembed_batch.py) that several workers share.
Their progress is written (ports/jobs.py) in the transaction that stores the vectors, so an
interrupted job goes on where it stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.errors import BulkIncomplete, EmbedderUnavailable, StaleWork
from memorizer.domain.jobs import (
    REEMBED_ALL,
    REEMBED_BATCH,
    BulkProgress,
    Job,
    NewJob,
    Queue,
)
from memorizer.domain.memories import EmbeddingStatus
from memorizer.domain.topics import of_job
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import Effect, JobReader, Reporter
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import ActiveModelResolver
from memorizer.services.jobs import embedding_job
from memorizer.tasks.reembed_batch import TRANSACTION_MEMORIES, embed_each

MAX_BATCH_MEMORIES: Final = 64
"""Maximum memories per batch; smaller stores get smaller batches, so that workers share evenly."""
MIN_BATCHES: Final = 100
"""Minimum batches per job, unless they would be smaller than one transaction."""
PAGE: Final = 5_000
MAX_LEFT_OVER: Final = 100
"""Fewer memories stored meanwhile than this are embedded by single jobs after the switch."""
POLL_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Target:
    """The model with which a job builds new vectors."""

    name: str
    dimensions: int
    spec: str | None

    def begin(self, tx: Transaction, job: Job) -> None:
        """Add the model as one that is being built."""
        tx.models.add(
            self.name, self.dimensions, ModelState.BUILDING, job_id=job.id, spec=self.spec
        )


@dataclass(frozen=True, slots=True)
class ReembedAll:
    """Plans the batches, reports their progress, and switches to the new vectors at the end."""

    database: Database
    job_reader: JobReader
    signals: Signals
    active_model: ActiveModelResolver
    clock: Clock
    name: str = REEMBED_ALL

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Re-embed. Raises BulkIncomplete when items failed; a retry re-embeds only those."""
        target = await self._target(job) if _is_full_reembed(job) else None
        # batches of an earlier run may still run or be being cancelled: wait, then plan the rest
        if await self.job_reader.count_unfinished_children(job.id):
            await self._follow(job, report)
        await self.database.write(lambda tx: self._plan(tx, job, target))
        items = await self._follow(job, report)
        if open_items := items.total - items.done - await self._count_rejected(job):
            raise BulkIncomplete(
                f"{open_items:,} of {items.total:,} memories could not be embedded; the job's "
                "failures name each. Nothing was switched. Retry runs only these."
            )
        if _is_full_reembed(job):
            await self._catch_up(job)
        return lambda tx: self._finish(tx, job, items)

    async def _target(self, job: Job) -> Target:
        """Open the model that the job names. Raises EmbedderUnavailable."""
        embedders = self.active_model.embedders
        match job.data.get("model"):
            case {"name": str(name), "spec": str() | None as spec}:
                embedder = await embedders.get_or_open(name, spec)
            case _:  # a job that another program put into the queue
                embedder, name, spec = (
                    embedders.configured,
                    embedders.configured.name,
                    embedders.spec,
                )
        if embedder is None:
            raise EmbedderUnavailable(
                f"All memories are to be embedded with {name}, which this worker cannot open. "
                "Give all workers the same settings and model files."
            )
        return Target(name, await embedder.dimensions(), spec)

    def _plan(self, tx: Transaction, job: Job, target: Target | None) -> None:
        """Enqueue batches of all items at the first start, of the unfinished ones at a retry."""
        if target is not None and tx.models.building(job.id) is None:
            tx.batches.clear(job.id)  # of an earlier run whose vectors were given up
            target.begin(tx, job)
            ids = _all_ids(tx)
        elif tx.batches.items(job.id) is not None:
            ids = tx.batches.take_unfinished(job.id)
        else:
            ids = (
                [] if _is_full_reembed(job) else list(cast("Sequence[str]", job.data["memoryIds"]))
            )
        size = min(max(len(ids) // MIN_BATCHES, TRANSACTION_MEMORIES), MAX_BATCH_MEMORIES)
        batches = tx.batches.add(job.id, [ids[i : i + size] for i in range(0, len(ids), size)])
        tx.jobs.enqueue(
            [
                NewJob(
                    id=self.clock.new_id(),
                    queue=Queue.SLICES,
                    name=REEMBED_BATCH,
                    data={"jobId": job.id, "number": one.number, "whole": _is_full_reembed(job)},
                    parent_id=job.id,
                )
                for one in batches
            ]
        )

    async def _follow(self, job: Job, report: Reporter) -> BulkProgress:
        """Report progress until no batch is unfinished; return the final progress."""
        told: BulkProgress | None = None
        async with self.signals.subscribe(of_job(job.id)) as subscription:
            while True:
                unfinished = await self.job_reader.count_unfinished_children(job.id)
                items = await self.database.read(
                    lambda tx: tx.batches.items(job.id)
                ) or BulkProgress(0)
                if items != told:
                    await report(min(items.percent, 99), items)
                    told = items
                if not unfinished:
                    return items
                await subscription.wait(POLL_SECONDS)

    async def _count_rejected(self, job: Job) -> int:
        """Count failed items that have no vectors now either: they do not block the switch."""
        if not _is_full_reembed(job):
            return 0

        def transaction(tx: Transaction) -> int:
            ids = [failure.item_id for failure in tx.batches.failures(job.id)]
            memories = tx.memories.get_many(ids)
            return sum(m.embedding_status is EmbeddingStatus.FAILED for m in memories)

        return await self.database.read(transaction)

    async def _catch_up(self, job: Job) -> None:
        """Embed what was stored or changed since the plan, down to MAX_LEFT_OVER memories."""
        while True:
            model, ids = await self.database.read(lambda tx: self._left_over(tx, job))
            if len(ids) < MAX_LEFT_OVER:
                return
            embedder = (await self.active_model.with_embedder(model)).require()
            outcomes = await embed_each(self.database, embedder, ids)
            await self.database.write(partial(outcomes.store, model=model))
            outcomes.raise_first()

    def _left_over(self, tx: Transaction, job: Job) -> tuple[EmbeddingModel, list[str]]:
        model = _model_of(tx, job)
        return model, tx.vectors.missing(model, limit=MAX_LEFT_OVER)

    def _finish(self, tx: Transaction, job: Job, items: BulkProgress) -> Mapping[str, object]:
        """Switch to the new vectors and queue single jobs for the few memories that lack them."""
        result = {"succeeded": items.done, "failed": items.failed, "total": items.total}
        if not _is_full_reembed(job):
            return result
        tx.models.lock_exclusive()  # what is stored while we look would be missed
        model, left = self._left_over(tx, job)
        if len(left) >= MAX_LEFT_OVER:
            raise StaleWork
        tx.models.activate(model.id)
        for memory_id in left:
            tx.memories.set_embedding_status(memory_id, EmbeddingStatus.PENDING)
            tx.jobs.enqueue([embedding_job(self.clock, memory_id)])
        return {**result, "model": model.name}


def _is_full_reembed(job: Job) -> bool:
    return "memoryIds" not in job.data


def _model_of(tx: Transaction, job: Job) -> EmbeddingModel:
    model = tx.models.building(job.id)
    if model is None:
        raise BulkIncomplete("The new vectors were given up meanwhile. Start the job anew.")
    return model


def _all_ids(tx: Transaction) -> list[str]:
    ids: list[str] = []
    while page := tx.memories.ids(after=ids[-1] if ids else "", limit=PAGE):
        ids += page
    return ids
