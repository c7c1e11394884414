"""Reads the memory that a job is about."""

from contextlib import suppress

from memorizer.domain.errors import Misconfigured, NotFound
from memorizer.domain.jobs import Job
from memorizer.domain.memories import Memory
from memorizer.ports.transactions import Database, Transaction


async def memory_of_job(database: Database, job: Job) -> Memory | None:
    """Return the job's memory, None if deleted. Raises Misconfigured if this store never had it."""
    memory_id = str(job.data["memoryId"])
    return await database.read(lambda tx: _find(tx, job, memory_id))


def _find(tx: Transaction, job: Job, memory_id: str) -> Memory | None:
    with suppress(NotFound):
        return tx.memories.get(memory_id)
    if tx.jobs.knows(job.id):
        return None  # even one that was purged, which leaves no other trace
    with suppress(NotFound):
        tx.events.list_for(memory_id, limit=1)
        return None
    raise Misconfigured(
        f"This store never had a memory {memory_id!r}. If another installation queued the job, "
        "give each a MEMORIZER_REDIS_PREFIX of its own."
    )
