"""Makes backups on request or when they are due, verifies, records and prunes them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from memorizer.domain.backups import BackupFile, BackupProgress, BackupRun, Schedule
from memorizer.domain.errors import BackupFailed, BackupRunning, Unavailable
from memorizer.domain.memories import Filter
from memorizer.ports.backups import BackupMaker
from memorizer.ports.clock import Clock
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, MemoryTransaction

MAX_RUNS: Final = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Overview:
    """The last attempts, newest first, and when the next is due (0: at once; None: never)."""

    runs: list[BackupRun]
    last_good: BackupRun | None
    next_at: int | None
    schedule: Schedule

    @property
    def failure(self) -> BackupRun | None:
        """The last attempt, if it failed."""
        return self.runs[0] if self.runs and self.runs[0].error else None


@dataclass(frozen=True, slots=True)
class Backups:
    """Makes backups, one at a time."""

    database: Database
    maker: BackupMaker
    clock: Clock
    signals: Signals
    host: str
    schedule: Schedule

    async def overview(self) -> Overview:
        """Return the last attempts and when the next one is due."""
        runs, good = await self.database.read(
            lambda tx: (tx.backups.newest(limit=MAX_RUNS), tx.backups.newest_good())
        )
        next_at = self.schedule.next_at(good, runs[0] if runs else None)
        return Overview(runs, good, next_at, self.schedule)

    async def make(
        self,
        *,
        directory: Path | None = None,
        keep: int | None = None,
        watch: BackupProgress = lambda _: None,
    ) -> BackupRun:
        """Make a backup now; older ones are removed only after it was verified.

        Raises BackupRunning, BackupFailed, StorageUnavailable.
        """
        async with self._locked():
            return await self._run(
                directory or Path(self.schedule.directory), keep or self.schedule.keep, watch
            )

    async def make_if_due(self) -> BackupRun | None:
        """Make one if it is due, the store has memories and no other worker makes it."""
        if not await self._is_due():
            return None
        with suppress(BackupRunning):  # another worker was faster
            async with self._locked():
                if await self._is_due():
                    return await self._run(
                        Path(self.schedule.directory), self.schedule.keep, lambda _: None
                    )
        return None

    async def _is_due(self) -> bool:
        next_at = (await self.overview()).next_at
        if next_at is None or self.clock.now() < next_at:
            return False
        return await self.database.read(_has_memories)

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        stack = ExitStack()
        try:
            await _run_to_completion(partial(stack.enter_context, self.maker.lock()))
            yield
        finally:
            await _run_to_completion(stack.close)

    async def _run(self, directory: Path, keep: int, watch: BackupProgress) -> BackupRun:
        started, given_up = self.clock.now(), threading.Event()

        def watched(share: float) -> None:
            if given_up.is_set():
                raise BackupFailed("The backup was given up: nobody waits for it any more.")
            if self.signals.closed:
                raise BackupFailed("The server stops, so the backup was given up.")
            watch(share)

        try:
            make = partial(self.maker.make, directory, started, watched)
            file = await _run_to_completion(make, on_cancel=given_up.set)
        except Unavailable as error:
            with suppress(Unavailable):  # it may be the database itself that fails
                await self._record(started, None, str(error))
            raise
        run = await self._record(started, file)
        await _run_to_completion(partial(self.maker.prune, directory, keep))
        return run

    async def _record(
        self, started: int, file: BackupFile | None, error: str | None = None
    ) -> BackupRun:
        run = BackupRun(self.clock.new_id(), started, self.clock.now(), self.host, file, error)
        await self.database.write(lambda tx: tx.backups.add(run))
        return run


def _has_memories(tx: MemoryTransaction) -> bool:
    return bool(tx.memories.page(Filter(archived=None), before=None, limit=1)) or bool(
        tx.trash.count()
    )


async def _run_to_completion(
    function: Callable[[], T], *, on_cancel: Callable[[], None] = lambda: None
) -> T:
    """Run `function` in a thread and wait for its end even when cancelled, as it holds a lock.

    `on_cancel` is called at a cancellation and may make `function` end sooner.
    """
    running = asyncio.ensure_future(asyncio.to_thread(function))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
            on_cancel()
    if cancelled is not None:
        running.exception()  # whatever came of it, nobody waits for it
        raise cancelled
    return running.result()
