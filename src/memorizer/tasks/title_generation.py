"""Writing the title of one memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from memorizer.domain.errors import NotFound, StaleWork
from memorizer.domain.jobs import GENERATE_TITLE, Job
from memorizer.domain.memories import EventType, Memory
from memorizer.ports.jobs import Effect, Reporter
from memorizer.ports.titles import TitleWriter
from memorizer.ports.unit_of_work import Database, Transaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import History, with_title

ACTOR = "title-generation"


@dataclass(frozen=True, slots=True)
class GenerateTitle:
    """Reports 10 when it has begun, 30 with the memory read, 70 with the title written."""

    database: Database
    writer: TitleWriter
    embedding: Embedding
    history: History
    name: str = GENERATE_TITLE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """The effect writes title, version, event and vectors, for the version read here only."""
        memory_id = str(job.data["memoryId"])
        replace = bool(job.data.get("replace"))
        await report(10)
        try:
            memory = await self.database.read(lambda tx: tx.memories.get(memory_id))
        except NotFound:
            return _skip("the memory was deleted")
        if memory.content.title is not None and not replace:
            return _skip("it has a title", title=memory.content.title)
        await report(30)
        title = await self.writer.write(memory.content)
        await report(70)
        embedded = await self.embedding.attempt(with_title(memory.content, title))
        return lambda tx: self._apply(tx, memory, title, embedded)

    def _apply(
        self, tx: Transaction, memory: Memory, title: str, embedded: Embedded | None
    ) -> Mapping[str, object]:
        try:
            now = tx.memories.get(memory.id)
        except NotFound:
            return {"skipped": "the memory was deleted"}
        if now.version != memory.version:
            raise StaleWork
        result = {"title": title, "writer": self.writer.name}
        titled = with_title(memory.content, title)
        if titled != memory.content:
            written = self.history.change(
                tx, memory, titled, EventType.TITLE_GENERATED, result, actor=ACTOR
            )
            self.embedding.settle(tx, written, embedded)
        return result


def _skip(reason: str, **facts: object) -> Effect:
    """Nothing is left to do; the job says why."""
    return lambda _: {**facts, "skipped": reason}
