"""Adds the contents of their memories to jobs that are read.

A job keeps only its memory's id, so that a deleted text is deleted in one place. Text and title
are read from the memory whenever the job is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.errors import NotFound
from memorizer.domain.jobs import GENERATE_TITLE, Job, JobFailure
from memorizer.domain.memories import Memory
from memorizer.ports.transactions import Database, MemoryTransaction

EXCERPT: Final = 2_000
"""Characters of the memory's text that a title job shows."""
HIDDEN_ERROR: Final = "The reason is not shown: its memory is in the trash."


@dataclass(frozen=True, slots=True)
class JobMemoryLoader:
    """Adds text and title of their memories to jobs; of deleted memories nothing is shown."""

    database: Database

    async def load_many(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs with title and text of their memories added."""
        ids = {memory_id for job in jobs if (memory_id := memory_id_of(job))}
        if not ids:
            return list(jobs)
        return await self.database.read(lambda tx: _load_all(tx, jobs, sorted(ids)))

    async def load(self, job: Job) -> Job:
        """Return one job with title and text of its memory added."""
        [loaded] = await self.load_many([job])
        return loaded

    async def failures(self, failures: Sequence[JobFailure]) -> list[JobFailure]:
        """Hide the errors of deleted memories, which may quote their texts."""
        if not failures:
            return []
        ids = [failure.item_id for failure in failures]
        deleted = await self.database.read(lambda tx: tx.trash.among(ids))
        return [replace(f, error=HIDDEN_ERROR) if f.item_id in deleted else f for f in failures]


def _load_all(tx: MemoryTransaction, jobs: Sequence[Job], ids: Sequence[str]) -> list[Job]:
    memories = {memory.id: memory for memory in tx.memories.get_many(ids)}
    deleted = tx.trash.among(ids) if len(memories) < len(ids) else set()
    return [
        _load(tx, _without_error(job) if memory_id_of(job) in deleted else job, memories)
        for job in jobs
    ]


def _without_error(job: Job) -> Job:
    return replace(job, error=job.error and HIDDEN_ERROR)


def _load(tx: MemoryTransaction, job: Job, memories: Mapping[str, Memory]) -> Job:
    if job.name != GENERATE_TITLE:
        return job
    memory = memories.get(memory_id_of(job) or "")
    return replace(job, data=_data(job, memory), result=_result(tx, job, memory))


def _data(job: Job, memory: Memory | None) -> Mapping[str, object]:
    kept = {key: value for key, value in job.data.items() if key not in {"text", "type"}}
    if memory is None:
        return kept
    content = memory.content
    excerpt = {"memoryId": memory.id, "text": content.text[:EXCERPT], "type": content.type}
    return excerpt | kept


def _result(tx: MemoryTransaction, job: Job, memory: Memory | None) -> Mapping[str, object] | None:
    """Return the result with the title that the job wrote, while that version exists."""
    if job.result is None:
        return None
    kept = {key: value for key, value in job.result.items() if key != "title"}
    version = kept.pop("version", None)
    if memory is None or not isinstance(version, int):
        return kept
    try:
        title = tx.versions.get(memory.id, version).content.title
    except NotFound:
        return kept
    return kept if title is None else {"title": title} | kept


def memory_id_of(job: Job) -> str | None:
    """Return the memory that a job is about; None for a bulk job."""
    memory_id = job.data.get("memoryId")
    return memory_id if isinstance(memory_id, str) else None
