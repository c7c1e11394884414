"""Generates the title of one memory."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.errors import (
    NotFound,
    StaleWork,
    TextRejected,
    TitleRejected,
    TitleWriterUnavailable,
)
from memorizer.domain.jobs import GENERATE_TITLE, Job
from memorizer.domain.memories import Content, EventType, Memory
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.titles import TitleWriter
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import Embedded, Embedding, known_vectors
from memorizer.services.history import ChangeRecorder, with_title
from memorizer.tasks.job_memory import memory_of_job

log = structlog.get_logger()

ACTOR = "title-generation"


@dataclass(frozen=True, slots=True)
class Title:
    """A title and its writer; `instead` is why the fallback wrote it."""

    text: str
    writer: str
    model: str
    instead: str | None = None

    def result(self, version: int) -> Mapping[str, object]:
        """Return the job's result: the version that has the title, not the title itself."""
        why = {"fallbackReason": self.instead} if self.instead else {}
        return {"version": version, "writer": self.writer, **why}


@dataclass(frozen=True, slots=True)
class GenerateTitle:
    """Reports 10 % at the start, 30 % when the memory is read, 70 % when the title is written."""

    database: Database
    writer: TitleWriter
    embedding: Embedding
    recorder: ChangeRecorder
    fallback: TitleWriter | None = None
    """Writes the title when `writer` rejects the text, or fails at the last attempt."""
    name: str = GENERATE_TITLE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Write a title; the effect stores it, with version, event and vectors."""
        replace = bool(job.data.get("replace"))
        await report(10)
        memory = await memory_of_job(self.database, job)
        if memory is None:
            return _skip("the memory was deleted")
        if memory.content.title is not None and not replace:
            return _skip("it has a title", version=memory.version)
        await report(30)
        known = await self.database.read(lambda tx: known_vectors(tx, memory))
        title = await self._write(job, memory.content, known)
        await report(70)
        titled = with_title(memory.content, title.text)
        embedded = await self.embedding.try_embed_inline(titled, known)
        return lambda tx: self._apply(tx, memory, title, embedded)

    async def _write(self, job: Job, content: Content, known: KnownVectors | None) -> Title:
        """Use the writer, or the fallback if another attempt is useless or not to come."""
        try:
            return await _written(self.writer, content, known)
        except (TitleWriterUnavailable, TitleRejected) as error:
            if self.fallback is None or job.attempts + 1 < job.max_attempts:
                raise
            reason = str(error)
        except TextRejected as error:
            if self.fallback is None:
                raise
            reason = str(error)
        log.warning("another writer takes over", writer=self.fallback.name, reason=reason)
        return await _written(self.fallback, content, known, instead=reason)

    def _apply(
        self, tx: Transaction, memory: Memory, title: Title, embedded: Embedded | None
    ) -> Mapping[str, object]:
        try:
            now = tx.memories.get(memory.id)
        except NotFound:
            return {"skipped": "the memory was deleted"}
        if now.version != memory.version:
            raise StaleWork
        titled = with_title(memory.content, title.text)
        if titled != memory.content:
            facts = {"title": title.text, "writer": title.writer, "model": title.model}
            written = self.recorder.save_version(
                tx,
                memory,
                titled,
                EventType.TITLE_GENERATED,
                facts,
                actor=ACTOR,
                keep_updated_at=memory.content.title is None,
            )
            self.embedding.store_or_enqueue(tx, written, embedded)
            return title.result(written.version)
        return title.result(memory.version)


async def _written(
    writer: TitleWriter, content: Content, known: KnownVectors | None, instead: str | None = None
) -> Title:
    text = await writer.write(content, known=known)
    return Title(text, writer.name, writer.model, instead)


def _skip(reason: str, **facts: object) -> Effect:
    """Return an effect that changes nothing; the job's result gives the reason."""
    return lambda _: {**facts, "skipped": reason}
