"""The log of recalls: what was shown to whom, written outside the path of the request."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from memorizer.domain.context import ContextPack
from memorizer.domain.errors import MemorizerError
from memorizer.domain.memories import Memory
from memorizer.domain.recalls import NEVER_DAYS, Door, Recall, Recaller, RecallSummary, Shown
from memorizer.domain.relevance import Match
from memorizer.domain.search import Hit
from memorizer.domain.timestamps import DAY_MS
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction

log = structlog.get_logger()

FLUSH_SECONDS: Final = 2.0
"""How long recalls wait to be written together; a crash loses no more than that."""
BATCH: Final = 100
"""Recalls of one transaction: other writers wait some milliseconds for it."""
MAX_WAITING: Final = 10_000
"""Recalls that wait while the database does not answer; older ones are given up."""
MAX_SHOWN: Final = 100
MAX_OF_MEMORY: Final = 20


class RecallLog:
    """Keeps recalls until they are written, a moment later and many at a time."""

    def __init__(self, database: Database, clock: Clock, days: float, *, queries: bool) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._has_queries = queries
        self._waiting: deque[Recall] = deque(maxlen=MAX_WAITING)
        self._flushing: asyncio.Task[None] | None = None

    def note(
        self,
        by: Recaller,
        query: str | None,
        shown: Sequence[Shown],
        workspace_id: str | None,
        took_ms: int,
        *,
        is_degraded: bool,
    ) -> None:
        """Note a recall; returns at once and never raises."""
        kept = query if self._has_queries else None
        recall = Recall(
            self._clock.new_id(),
            self._clock.now(),
            by,
            kept,
            workspace_id,
            took_ms,
            is_degraded,
            tuple(shown[:MAX_SHOWN]),
        )
        self._waiting.append(recall)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_later())

    async def _flush_later(self) -> None:
        while self._waiting:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except MemorizerError as error:
                log.warning("recalls are not logged yet", problem=str(error))
            except Exception:
                log.exception("recalls cannot be logged, and are given up")
                self._waiting.clear()

    async def flush(self) -> None:
        """Write what waits. Raises what the database does; nothing is lost then."""
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                await self._database.write(partial(_add, recalls=some, keep=self._days > 0))
            except BaseException:
                self._waiting.extendleft(reversed(some))
                raise

    async def prune(self) -> int:
        """Delete recalls that are older than the setting says; return how many."""
        until = self._clock.now() - int(self._days * DAY_MS)
        return await self._database.write(lambda tx: tx.recalls.delete_older_than(until))

    async def close(self) -> None:
        """Write what waits, and stop."""
        if self._flushing is not None:
            self._flushing.cancel()
            await asyncio.wait({self._flushing})
        with suppress(MemorizerError):
            await self.flush()


def _add(tx: MemoryTransaction, *, recalls: list[Recall], keep: bool) -> None:
    tx.recalls.add(recalls, keep=keep)


def shown_hits(hits: Sequence[Hit]) -> list[Shown]:
    """Return what was shown of the hits of a search."""
    return [
        Shown(hit.memory.id, rank, round(hit.relevance, 4), hit.match is Match.WEAK)
        for rank, hit in enumerate(hits, start=1)
    ]


def shown_in_pack(packed: ContextPack, query: str | None) -> list[Shown]:
    """Return what a context pack shows; beside a query, what is there anyway does not answer it."""
    return [
        Shown(item.memory.id, rank, item.relevance, bool(query) and item.relevance is None)
        for rank, item in enumerate(packed.items, start=1)
    ]


@dataclass(frozen=True, slots=True)
class RecallPage:
    """Recalls, newest first, and the memories that they showed, by id.

    A memory that is gone, or that the reader may not see, is not among them.
    """

    recalls: list[Recall]
    memories: dict[str, Memory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NeverRecalled:
    """Live memories that nobody was shown for `days`.

    `since`: when the log began (UTC milliseconds). Before it is as old as that nothing counts.
    """

    days: int
    count: int
    since: int


@dataclass(frozen=True, slots=True)
class RecallService:
    """Notes recalls in a scope, and says which there were there."""

    database: Database
    clock: Clock
    log: RecallLog
    scope: WorkspaceScope

    def note(
        self,
        by: Recaller,
        query: str | None,
        shown: Sequence[Shown],
        *,
        took_ms: int,
        is_degraded: bool = False,
    ) -> None:
        """Note what was shown; returns at once and never raises.

        A recall in several workspaces, or in everything, is seen by those who see everything.
        Without a query nothing was looked for, so that nothing is shown is no news.
        """
        if query is None and not shown:
            return
        roots = () if self.scope.is_all or self.scope.unfiled else tuple(self.scope.readable)
        workspace_id = roots[0] if len(roots) == 1 else None
        self.log.note(by, query, shown, workspace_id, took_ms, is_degraded=is_degraded)

    async def page(
        self,
        *,
        empty: bool | None = None,
        doors: Sequence[Door] = (),
        before: str | None = None,
        limit: int,
    ) -> RecallPage:
        """Recalls before the one with this id, newest first; `empty`: only such, or only others.

        `doors`: only those that came by them.
        """

        def transaction(tx: MemoryTransaction) -> RecallPage:
            recalls = tx.recalls.page(
                empty=empty, doors=doors or tuple(Door), before=before, limit=limit
            )
            ids = {each.memory_id for recall in recalls for each in recall.shown}
            memories = tx.memories.get_many(sorted(ids))
            return RecallPage(recalls, {memory.id: memory for memory in memories})

        return await self.database.read(transaction)

    async def of_memory(self, memory_id: str) -> tuple[RecallSummary, list[Recall]]:
        """How often a memory was shown, and the newest recalls that did. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> tuple[RecallSummary, list[Recall]]:
            tx.memories.get(memory_id)
            recalls = tx.recalls.of_memory(memory_id, limit=MAX_OF_MEMORY)
            return tx.recalls.summary(memory_id), recalls

        return await self.database.read(transaction)

    async def never_recalled(
        self, *, before: str | None, limit: int, days: int = NEVER_DAYS
    ) -> tuple[NeverRecalled, list[Memory]]:
        """Live memories that nobody was shown for so many days, newest first."""
        cutoff = self.clock.now() - days * DAY_MS

        def transaction(tx: MemoryTransaction) -> tuple[NeverRecalled, list[Memory]]:
            since = tx.recalls.began_at()
            if since > cutoff:
                return NeverRecalled(days, 0, since), []
            memories = tx.recalls.never(since=cutoff, before=before, limit=limit)
            return NeverRecalled(days, tx.recalls.count_never(since=cutoff), since), memories

        return await self.database.read(transaction)
