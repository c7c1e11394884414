"""Whether every part works, and what to do if not."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import uuid4

from memorizer.domain.errors import MemorizerError, Misconfigured, Unavailable
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import EmbeddingStatus
from memorizer.domain.moments import iso
from memorizer.ports.jobs import JobInsights
from memorizer.ports.memories import Reply
from memorizer.ports.titles import TitleWriter
from memorizer.ports.unit_of_work import Database, Transaction
from memorizer.services.spaces import Spaces
from memorizer.supervision import Supervisor

DEADLINE_SECONDS = 10.0
LOOP_HINT = (
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
class Health:
    """Tries each part for real."""

    database: Database
    spaces: Spaces
    insights: JobInsights
    writer: TitleWriter
    supervisor: Supervisor

    async def checks(self) -> list[Check]:
        """Every part with a deadline, all at once."""
        tried = await asyncio.gather(
            _check("database", self._database()),
            _check("embedder", self._embedder()),
            _check("embeddings", self._embeddings()),
            _check("queue", self._queue()),
            _check("title model", self.writer.check()),
        )
        return [*tried, self.loops()]

    def loops(self) -> Check:
        """Whether all loops of this process work; costs nothing."""
        if failures := self.supervisor.failures:
            said = "; ".join(f"{f.loop}: since {iso(f.since)}: {f.error}" for f in failures)
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
        if problem := await self.spaces.mismatch():
            raise Misconfigured(problem)
        return "made by the configured model"

    async def _queue(self) -> str:
        counts = await self.insights.counts()
        waiting = sum(c.by_state.get(JobState.WAITING, 0) for c in counts)
        workers = len(await self.insights.workers())
        return f"{waiting:,} jobs waiting, {workers} workers alive"


def _write_something(tx: Transaction) -> None:
    """And take it back: an empty transaction would succeed on a full disk."""
    mark = f"trial {uuid4().hex}"
    tx.replies.add(Reply(mark, "", mark, EmbeddingStatus.PENDING, None, at=0))
    tx.replies.forget(mark)


async def _check(part: str, trial: Awaitable[str]) -> Check:
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return Check(part, ok=True, detail=await trial)
    except TimeoutError:
        return Check(part, ok=False, detail="did not answer in time", hint=Unavailable.hint)
    except MemorizerError as error:
        hint = error.hint if isinstance(error, Unavailable) else None
        return Check(part, ok=False, detail=str(error), hint=hint)
