"""Looks through all memories for what could be put in order, and makes proposals of it.

The memories are fixed at the start. Those of a batch are marked as examined in the transaction
that stores their proposals, so an interrupted job goes on where it stopped, and no proposal comes
twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from memorizer.domain.errors import TextRejected, TitleRejected, TitleWriterUnavailable
from memorizer.domain.jobs import CONSOLIDATE, BulkBatch, BulkProgress, Job
from memorizer.domain.memories import Memory
from memorizer.domain.proposals import NewProposal
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.titles import TitleWriter
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.consolidation import Found, examine, retitled

BATCH: Final = 200
TRANSACTION_MEMORIES: Final = 10
"""Memories examined in one transaction: what is done again at most after a worker was killed."""
PAGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Consolidate:
    """Makes proposals; changes no memory."""

    database: Database
    writer: TitleWriter
    clock: Clock
    name: str = CONSOLIDATE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Examine the memories that are not examined yet. Raises LeaseLost."""
        batches = await self.database.write(lambda tx: _plan(tx, job))
        for planned in batches:
            batch = planned
            while ids := batch.item_ids[batch.next_item : batch.next_item + TRANSACTION_MEMORIES]:
                proposals = await self._proposals(ids)
                batch = await self._store(batch, len(ids), proposals)
                items = await self._items(job)
                await report(min(items.percent, 99), items)
        items = await self._items(job)
        return lambda tx: _result(tx, items)

    async def _items(self, job: Job) -> BulkProgress:
        return await self.database.read(lambda tx: tx.batches.items(job.id)) or BulkProgress(0)

    async def _proposals(self, ids: Sequence[str]) -> list[NewProposal]:
        proposals: list[NewProposal] = []
        for scope, some in await self._by_workspace(ids):
            found = await self._examine(scope, some)
            for each in found:
                proposals += each.proposals
                if each.wants_title and (titled := await self._retitled(each.memory)) is not None:
                    proposals.append(titled)
        return proposals

    async def _by_workspace(self, ids: Sequence[str]) -> list[tuple[WorkspaceScope, Sequence[str]]]:
        """Group the ids by workspace, since nothing is compared across two of them."""
        groups: defaultdict[str | None, list[str]] = defaultdict(list)
        for memory in await self.database.read(lambda tx: tx.memories.get_many(ids)):
            groups[memory.workspace_id].append(memory.id)
        return [(_scope(workspace_id), some) for workspace_id, some in groups.items()]

    async def _examine(self, scope: WorkspaceScope, ids: Sequence[str]) -> list[Found]:
        now = self.clock.now()
        return await self.database.within(scope).read(lambda tx: examine(tx, ids, now))

    async def _retitled(self, memory: Memory) -> NewProposal | None:
        with suppress(TitleWriterUnavailable, TitleRejected, TextRejected):
            return retitled(memory, await self.writer.write(memory.content))
        return None

    async def _store(
        self, batch: BulkBatch, count: int, proposals: Sequence[NewProposal]
    ) -> BulkBatch:
        """Store proposals and progress in one transaction."""

        def transaction(tx: Transaction) -> BulkBatch:
            for each in proposals:
                tx.proposals.put(each, self.clock.new_id(), self.clock.now())
            return tx.batches.advance(batch, done=count, failures=[])

        return await self.database.write(transaction)


def _plan(tx: Transaction, job: Job) -> list[BulkBatch]:
    """Plan batches of all memories at the first start, of those that are left at another one."""
    is_new = tx.batches.items(job.id) is None
    ids = _all_ids(tx) if is_new else tx.batches.take_unfinished(job.id)
    return tx.batches.add(job.id, [ids[i : i + BATCH] for i in range(0, len(ids), BATCH)])


def _all_ids(tx: Transaction) -> list[str]:
    ids: list[str] = []
    while page := tx.memories.ids(after=ids[-1] if ids else "", limit=PAGE):
        ids += page
    return ids


def _scope(workspace_id: str | None) -> WorkspaceScope:
    return (
        WorkspaceScope(unfiled=True)
        if workspace_id is None
        else WorkspaceScope(frozenset([workspace_id]))
    )


def _result(tx: Transaction, items: BulkProgress) -> Mapping[str, object]:
    counts = tx.proposals.counts()
    return {"examined": items.done, "proposals": {str(s): n for s, n in counts.items() if n}}
