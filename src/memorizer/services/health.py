"""Whether every part works, and what to do if not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog

from memorizer.domain.errors import MemorizerError, Misconfigured, Unavailable
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import EmbeddingStatus, IdempotencyRecord
from memorizer.domain.timestamps import to_iso
from memorizer.ports.job_queue import JobInsights, JobQueue
from memorizer.ports.titles import TitleWriter
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.active_model import ActiveModelResolver
from memorizer.services.hints import DOCTOR, hint_of
from memorizer.supervision import Supervisor

log = structlog.get_logger()

DEADLINE_SECONDS: Final = 10.0
VITAL: Final = "database"
"""Without it nothing works. Without the others memories are still kept and found by words."""
MODELS: Final = frozenset({"embedder", "title model"})
"""Parts whose trial runs a model, perhaps one that is paid for."""
LOOP_HINT: Final = (
    "A loop that fails is started again by itself. If this goes on, look into the log for "
    "“a loop failed” and restart Memorizer."
)


@dataclass(frozen=True, slots=True)
class Check:
    """The state of one part; `hint` says what to do when it is not ok."""

    part: str
    ok: bool
    detail: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """How a part is tried: `ask` returns its state in words, or raises MemorizerError."""

    part: str
    ask: Callable[[], Awaitable[str]]

    async def run(self) -> Check:
        """The outcome, within a deadline."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                return Check(self.part, ok=True, detail=await self.ask())
        except TimeoutError:
            return Check(self.part, ok=False, detail="did not answer in time", hint=DOCTOR)
        except MemorizerError as error:
            hint = hint_of(error) if isinstance(error, Unavailable) else None
            return Check(self.part, ok=False, detail=str(error), hint=hint)
        except Exception as error:  # a bug in one part must not hide the state of the others
            log.exception("a health check broke", part=self.part)
            return Check(self.part, ok=False, detail=f"broke: {error!r}", hint=DOCTOR)


@dataclass(frozen=True, slots=True)
class Health:
    """Tries each part for real."""

    database: Database
    spaces: ActiveModelResolver
    queue: JobQueue
    insights: JobInsights
    writer: TitleWriter
    supervisor: Supervisor

    async def checks(self) -> list[Check]:
        """Every part with a deadline, all at once."""
        return [*await asyncio.gather(*(trial.run() for trial in self.trials())), self.loops()]

    def trials(self) -> Sequence[Trial]:
        """One for each part that takes time to answer."""
        return (
            Trial(VITAL, self._database),
            Trial("embedder", self._embedder),
            Trial("embeddings", self._embeddings),
            Trial("queue", self._queue),
            Trial("title model", self.writer.check),
        )

    def loops(self) -> Check:
        """Whether all loops of this process work; costs nothing."""
        if failures := self.supervisor.failures:
            said = "; ".join(f"{f.loop}: since {to_iso(f.since)}: {f.error}" for f in failures)
            return Check("background loops", ok=False, detail=said, hint=LOOP_HINT)
        return Check("background loops", ok=True, detail="all work")

    async def _database(self) -> str:
        await self.database.write(_write_something)
        size = await self.database.size()
        return f"readable and writable, {size / 1e6:,.1f} MB"

    async def _embedder(self) -> str:
        embedder = self.spaces.embedders.configured
        vector = await embedder.embed_query("ready?")
        return f"{embedder.name}, {len(vector) // 4} dimensions"

    async def _embeddings(self) -> str:
        if problem := await self.spaces.mismatch_message():
            raise Misconfigured(problem)
        counts = await self.database.read(lambda tx: tx.memories.embedding_counts())
        failed = counts[EmbeddingStatus.FAILED]
        refused = f"; it does not take {failed:,} memories, see their status" if failed else ""
        return f"made by the configured model{refused}"

    async def _queue(self) -> str:
        warning = await self.queue.check()
        counts = await self.insights.counts()
        waiting = sum(c.by_state.get(JobState.WAITING, 0) for c in counts)
        workers = len(await self.insights.workers())
        said = f"{waiting:,} jobs waiting, {workers} workers alive"
        return f"{said}. {warning}" if warning else said


def _write_something(tx: Transaction) -> None:
    """And take it back: an empty transaction would succeed on a full disk."""
    mark = f"trial {uuid4().hex}"
    tx.idempotency.add(IdempotencyRecord("", mark, "", mark, EmbeddingStatus.PENDING, None, at=0))
    tx.idempotency.delete_for_memory(mark)
