"""Embedding many memories anew: the part that plans, follows and ends the job.

Re-embedding everything builds a new generation of vectors beside the active one and lets it
take over in one transaction when it is complete; until then searches use the old one. Chosen
memories are embedded anew in place. The work itself is done by slices (reembed_batch.py)
that several workers share. What is settled is written in the ledger (ports/jobs.py) together
with the vectors, so a job that is interrupted goes on where it stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.errors import BulkIncomplete, EmbedderUnavailable, StaleWork
from memorizer.domain.jobs import (
    BULK_REGENERATE,
    REGENERATE_SLICE,
    BulkProgress,
    Job,
    NewJob,
    Queue,
)
from memorizer.domain.memories import EmbeddingStatus
from memorizer.domain.topics import of_job
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import Effect, JobInsights, Reporter
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import ActiveModelResolver
from memorizer.services.jobs import embedding_job
from memorizer.tasks.reembed_batch import BATCH, embed_each

LARGEST_SLICE: Final = 64
"""Memories per slice, so that many cost the queue little; few are cut smaller to share evenly."""
SLICES: Final = 100
"""How many slices a job should have at least, if they are not smaller than a batch then."""
PAGE: Final = 5_000
FEW: Final = 100
"""Memories stored while the new generation was built that may be left to jobs of their own."""
LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Target:
    """The model that a job builds a new generation of vectors with."""

    name: str
    dimensions: int
    spec: str | None

    def begin(self, tx: Transaction, job: Job) -> None:
        """Found the new generation."""
        tx.models.add(
            self.name, self.dimensions, ModelState.BUILDING, job_id=job.id, spec=self.spec
        )


@dataclass(frozen=True, slots=True)
class ReembedAll:
    """Plans the slices, reports their progress, and switches the generation at the end."""

    database: Database
    insights: JobInsights
    signals: Signals
    spaces: ActiveModelResolver
    clock: Clock
    name: str = BULK_REGENERATE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Raises BulkIncomplete when items failed; a retry runs only those."""
        target = await self._target(job) if _is_whole(job) else None
        # slices of an earlier run go on, or are still being cancelled: what they leave is planned
        if await self.insights.count_unfinished_children(job.id):
            await self._follow(job, report)
        await self.database.write(lambda tx: self._plan(tx, job, target))
        items = await self._follow(job, report)
        if open_items := items.total - items.done - await self._given_up(job):
            raise BulkIncomplete(
                f"{open_items:,} of {items.total:,} memories could not be embedded; the job's "
                "failures name each. Nothing was switched. Retry runs only these."
            )
        if _is_whole(job):
            await self._catch_up(job)
        return lambda tx: self._finish(tx, job, items)

    async def _target(self, job: Job) -> Target:
        """The model that the job was asked to embed with, by whoever enqueued it."""
        embedders = self.spaces.embedders
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
        """Fix the items at the first start; at a retry, share out what is not settled."""
        if target is not None and tx.models.building(job.id) is None:
            tx.batches.clear(job.id)  # of an earlier run whose vectors were given up
            target.begin(tx, job)
            ids = _all_ids(tx)
        elif tx.batches.items(job.id) is not None:
            ids = tx.batches.take_unfinished(job.id)
        else:
            ids = [] if _is_whole(job) else list(cast("Sequence[str]", job.data["memoryIds"]))
        size = min(max(len(ids) // SLICES, BATCH), LARGEST_SLICE)
        slices = tx.batches.add(job.id, [ids[i : i + size] for i in range(0, len(ids), size)])
        tx.jobs.enqueue(
            [
                NewJob(
                    id=self.clock.new_id(),
                    queue=Queue.SLICES,
                    name=REGENERATE_SLICE,
                    data={"jobId": job.id, "number": one.number, "whole": _is_whole(job)},
                    parent_id=job.id,
                )
                for one in slices
            ]
        )

    async def _follow(self, job: Job, report: Reporter) -> BulkProgress:
        """Report until no slice is left to run."""
        told: BulkProgress | None = None
        async with self.signals.subscribe(of_job(job.id)) as subscription:
            while True:
                unfinished = await self.insights.count_unfinished_children(job.id)
                items = await self.database.read(
                    lambda tx: tx.batches.items(job.id)
                ) or BulkProgress(0)
                if items != told:
                    await report(min(items.percent, 99), items)
                    told = items
                if not unfinished:
                    return items
                await subscription.wait(LOOK_SECONDS)

    async def _given_up(self, job: Job) -> int:
        """Of all memories, how many have no vectors now and get none: none are lost with them."""
        if not _is_whole(job):
            return 0

        def work(tx: Transaction) -> int:
            ids = [failure.item_id for failure in tx.batches.failures(job.id)]
            memories = tx.memories.get_many(ids)
            return sum(m.embedding_status is EmbeddingStatus.FAILED for m in memories)

        return await self.database.read(work)

    async def _catch_up(self, job: Job) -> None:
        """Embed what was stored or changed since the plan, until little is left."""
        while True:
            model, ids = await self.database.read(lambda tx: self._left(tx, job))
            if len(ids) < FEW:
                return
            embedder = (await self.spaces.of(model)).require()
            outcomes = await embed_each(self.database, embedder, ids)
            await self.database.write(partial(outcomes.store, model=model))
            outcomes.raise_first()

    def _left(self, tx: Transaction, job: Job) -> tuple[EmbeddingModel, list[str]]:
        model = _building(tx, job)
        return model, tx.vectors.missing(model, limit=FEW)

    def _finish(self, tx: Transaction, job: Job, items: BulkProgress) -> Mapping[str, object]:
        """Switch to the new generation; the few it lacks follow by jobs of their own."""
        result = {"succeeded": items.done, "failed": items.failed, "total": items.total}
        if not _is_whole(job):
            return result
        tx.models.lock_exclusive()  # what is stored while we look would be missed
        model, left = self._left(tx, job)
        if len(left) >= FEW:
            raise StaleWork
        tx.models.activate(model.id)
        for memory_id in left:
            tx.memories.set_embedding_status(memory_id, EmbeddingStatus.PENDING)
            tx.jobs.enqueue([embedding_job(self.clock, memory_id)])
        return {**result, "model": model.name}


def _is_whole(job: Job) -> bool:
    return "memoryIds" not in job.data


def _building(tx: Transaction, job: Job) -> EmbeddingModel:
    model = tx.models.building(job.id)
    if model is None:
        raise BulkIncomplete("The new vectors were given up meanwhile. Start the job anew.")
    return model


def _all_ids(tx: Transaction) -> list[str]:
    ids: list[str] = []
    while page := tx.memories.ids(after=ids[-1] if ids else "", limit=PAGE):
        ids += page
    return ids
