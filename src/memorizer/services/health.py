"""Health checks of all parts, hints for those that are down, `/readyz` and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final, Generic, TypeVar, cast
from uuid import uuid4

import structlog

from memorizer.domain.errors import MemorizerError, Misconfigured, OutcomeUnknown, Unavailable
from memorizer.domain.jobs import JobState, QueueCounts
from memorizer.domain.memories import EmbeddingStatus, IdempotencyRecord
from memorizer.domain.timestamps import to_iso
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobAdmin, JobReader
from memorizer.ports.search import Reranker
from memorizer.ports.titles import TitleWriter
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.backups import Backups, Overview
from memorizer.services.embedding import ActiveModelResolver
from memorizer.services.jobs import Jobs
from memorizer.supervision import Supervisor

log = structlog.get_logger()

DEADLINE_SECONDS: Final = 10.0
VITAL: Final = "database"
"""Nothing works without this part; without the others, full text still does."""
MODELS: Final = frozenset({"embedder", "title model", "reranking model"})
"""Parts whose check runs a model, perhaps a paid one."""
LOOP_HINT: Final = (
    "A loop that fails is restarted automatically. If this goes on, look in the log for "
    "“a loop failed” and restart Memorizer."
)
DOCTOR: Final = "Run `memorizer doctor`; it names the part and the remedy."
_HINTS: Final[Mapping[type[Unavailable], str]] = {
    OutcomeUnknown: (
        "Look whether the change is there before you send it again. "
        "A request with an Idempotency-Key can be sent again as it was."
    ),
}


def hint_of(error: Unavailable) -> str:
    """Return the error's own hint, else that of its type, else to run `memorizer doctor`."""
    return error.hint or _HINTS.get(type(error), DOCTOR)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result for one part; `hint` says what to do when it is not ok."""

    part: str
    ok: bool
    detail: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check of one part: `ask` returns its state in words, or raises MemorizerError."""

    part: str
    ask: Callable[[], Awaitable[str]]

    async def run(self) -> CheckResult:
        """Run the check with a timeout; never raises."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return CheckResult(self.part, ok=True, detail=await self.ask())
        except TimeoutError:
            return CheckResult(self.part, ok=False, detail="did not answer in time", hint=DOCTOR)
        except MemorizerError as error:
            hint = hint_of(error) if isinstance(error, Unavailable) else None
            return CheckResult(self.part, ok=False, detail=str(error), hint=hint)
        except Exception as error:  # a bug in one part must not hide the state of the others
            log.exception("a health check broke", part=self.part)
            return CheckResult(self.part, ok=False, detail=f"broke: {error!r}", hint=DOCTOR)


@dataclass(frozen=True, slots=True)
class Health:
    """Checks each part by using it."""

    database: Database
    active_model: ActiveModelResolver
    queue: JobAdmin
    job_reader: JobReader
    writer: TitleWriter
    supervisor: Supervisor
    reranker: Reranker | None = None
    optional: Sequence[HealthCheck] = ()
    """Checks of parts that not every installation has."""

    async def checks(self) -> list[CheckResult]:
        """Check every part at once, each with a timeout."""
        return [
            *await asyncio.gather(*(check.run() for check in self.health_checks())),
            self.loops(),
        ]

    def health_checks(self) -> Sequence[HealthCheck]:
        """Return the checks that take time."""
        reranking = [HealthCheck("reranking model", self.reranker.check)] if self.reranker else []
        return (
            HealthCheck(VITAL, self._database),
            HealthCheck("embedder", self._embedder),
            HealthCheck("embeddings", self._embeddings),
            HealthCheck("queue", self._queue),
            HealthCheck("title model", self.writer.check),
            *reranking,
            *self.optional,
        )

    def loops(self) -> CheckResult:
        """Return whether all loops of this process work; costs nothing."""
        if failures := self.supervisor.failures:
            said = "; ".join(f"{f.loop}: since {to_iso(f.since)}: {f.error}" for f in failures)
            return CheckResult("background loops", ok=False, detail=said, hint=LOOP_HINT)
        return CheckResult("background loops", ok=True, detail="all running")

    async def _database(self) -> str:
        await self.database.write(_write_something)
        size = await self.database.size()
        caveat = await self.database.caveat()
        return f"readable and writable, {size / 1e6:,.1f} MB{f'. {caveat}' if caveat else ''}"

    async def _embedder(self) -> str:
        embedder = self.active_model.embedders.configured
        vector = await embedder.embed_query("ready?")
        return f"{embedder.name}, {len(vector) // 4} dimensions"

    async def _embeddings(self) -> str:
        if problem := await self.active_model.mismatch_message():
            raise Misconfigured(problem)
        counts = await self.database.read(lambda tx: tx.memories.embedding_counts())
        failed = counts[EmbeddingStatus.FAILED]
        refused = f"; memories it could not embed: {failed:,}, see their status" if failed else ""
        return f"made by the configured model{refused}"

    async def _queue(self) -> str:
        warning = await self.queue.check()
        counts = await self.job_reader.counts()
        waiting = sum(c.by_state.get(JobState.WAITING, 0) for c in counts)
        workers = len(await self.job_reader.workers())
        said = f"waiting jobs: {waiting:,}; running workers: {workers}"
        return f"{said}. {warning}" if warning else said


def _write_something(tx: MemoryTransaction) -> None:
    """Insert and delete one row: only a real write detects a full disk."""
    mark = f"trial {uuid4().hex}"
    tx.idempotency.add(IdempotencyRecord("", mark, "", mark, EmbeddingStatus.PENDING, None, at=0))
    tx.idempotency.delete_for_memory(mark)


FRESH_SECONDS: Final = 5.0


MODEL_FRESH_SECONDS: Final = 60.0


FAILED_FRESH_SECONDS: Final = 1.0
"""Shorter, so that a recovery is seen soon."""


FAILED_MODEL_FRESH_SECONDS: Final = 10.0


OTHERS_SECONDS: Final = 0.5
"""How long to wait for the parts that are not vital; after that their last result is used."""


class Readiness:
    """Caches the results of checks; those in `uncached` cost nothing and are not cached."""

    def __init__(
        self,
        health_checks: Sequence[HealthCheck],
        uncached: Sequence[Callable[[], CheckResult]] = (),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._uncached = uncached
        self._parts = {
            check.part: CachedCall(check.run, partial(_fresh_seconds, check.part), clock)
            for check in health_checks
        }

    async def checks(self) -> list[CheckResult]:
        """Return the newest result of each part; waits only for the vital part."""
        asked = {part: task for part, it in self._parts.items() if (task := it.refresh())}
        if asked:
            await asyncio.wait(asked.values(), timeout=OTHERS_SECONDS)
        if VITAL in asked:
            await asyncio.wait({asked[VITAL]})
        words = [it.last or _silent(part) for part, it in self._parts.items()]
        return [*words, *(check() for check in self._uncached)]

    async def close(self) -> None:
        """Cancel running checks."""
        for part in self._parts.values():
            await part.close()


@dataclass(frozen=True, slots=True)
class WorkerCheck:
    """Checks whether a worker is alive."""

    job_reader: JobReader
    clock: Clock
    works_here: bool
    """Whether this process runs a worker."""
    started_at: int
    lease_ms: int

    async def check(self) -> str:
        """Return the number of workers in words. Raises NoWorker."""
        try:
            workers = await self.job_reader.workers()
        except Unavailable as error:
            raise MemorizerError("not known while the queue does not answer") from error
        if workers:
            return f"{len(workers)} alive"
        if self.works_here and self.clock.now() < self.started_at + self.lease_ms:
            return "starting"
        raise NoWorker(works_here=self.works_here)


class NoWorker(Unavailable):
    """No worker is alive: titles and embeddings wait."""

    def __init__(self, *, works_here: bool) -> None:
        super().__init__(
            hint="This server should run jobs itself. Its log says why it does not; restart it."
            if works_here
            else "Start `memorizer worker`, or this server with MEMORIZER_WORKER=true."
        )


def _fresh_seconds(part: str, check: CheckResult) -> float:
    if part in MODELS:
        return MODEL_FRESH_SECONDS if check.ok else FAILED_MODEL_FRESH_SECONDS
    return FRESH_SECONDS if check.ok else FAILED_FRESH_SECONDS


def _silent(part: str) -> CheckResult:
    return CheckResult(part, ok=False, detail="has not answered yet", hint=DOCTOR)


T = TypeVar("T")


class CachedCall(Generic[T]):
    """Caches the result of `ask` for `fresh_seconds(result)`; concurrent callers share one call."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        fresh_seconds: Callable[[T], float],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ask = ask
        self._fresh_seconds = fresh_seconds
        self._clock = clock
        self._task: asyncio.Task[T] | None = None
        self._old_at = 0.0
        self.last: T | None = None
        """The last result, however old; None before the first."""

    def refresh(self) -> asyncio.Task[T] | None:
        """Return the task that gets a new result; None while the last one is fresh."""
        if self._task is None and (self.last is None or self._clock() >= self._old_at):
            self._task = asyncio.create_task(self._look())
        return self._task

    async def get(self) -> T:
        """Return a fresh result; raises what `ask` raises."""
        if (task := self.refresh()) is not None:
            # shielded: who asked may go away, and others wait for the same answer
            return await asyncio.shield(task)
        return cast("T", self.last)

    async def close(self) -> None:
        """Cancel a running call."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _look(self) -> T:
        try:
            self.last = answer = await self._ask()
            self._old_at = self._clock() + self._fresh_seconds(answer)
            return answer
        finally:
            self._task = None


METRICS_FRESH_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class MetricsSnapshot:
    """Readings of jobs and backups; None where the part did not answer."""

    counts: list[QueueCounts] | None
    queue_works: bool
    """Whether jobs can be queued."""
    backups: Overview | None


class MetricsReader:
    """Reads the state of jobs and backups for `/metrics`, at most once a second."""

    def __init__(self, jobs: Jobs, backups: Backups) -> None:
        self._jobs = jobs
        self._backups = backups
        self._newest = CachedCall(self._read, lambda _: METRICS_FRESH_SECONDS)

    async def read(self) -> MetricsSnapshot:
        """Return readings that are at most a second old."""
        return await self._newest.get()

    async def close(self) -> None:
        """Cancel a running reading."""
        await self._newest.close()

    async def _read(self) -> MetricsSnapshot:
        return MetricsSnapshot(
            await self._counts(), await self._queue_works(), await self._overview()
        )

    async def _counts(self) -> list[QueueCounts] | None:
        try:
            return await self._jobs.counts()
        except Unavailable:
            return None

    async def _queue_works(self) -> bool:
        try:
            await self._jobs.ready()
        except Unavailable:
            return False
        return True

    async def _overview(self) -> Overview | None:
        try:
            return await self._backups.overview()
        except Unavailable:
            return None
