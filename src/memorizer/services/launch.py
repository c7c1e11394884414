"""How each kind of job is described when it is enqueued."""

from collections.abc import Sequence

from memorizer.domain.jobs import (
    BULK_REGENERATE,
    GENERATE_TITLE,
    REGENERATE_EMBEDDING,
    NewJob,
    Queue,
)
from memorizer.domain.memories import Memory
from memorizer.ports.clock import Clock

EXCERPT = 2_000
"""Characters of the text that travel with a title job; the task reads the memory itself."""


def title_job(clock: Clock, memory: Memory, *, replace: bool = False) -> NewJob:
    """Write a title where there is none, or anew with `replace`."""
    return NewJob(
        id=clock.new_id(),
        queue=Queue.TITLES,
        name=GENERATE_TITLE,
        data={
            "memoryId": memory.id,
            "text": memory.content.text[:EXCERPT],
            "type": memory.content.type,
            "replace": replace,
        },
        unique_key=f"title:{memory.id}:{'replace' if replace else 'missing'}",
    )


def embedding_job(clock: Clock, memory_id: str) -> NewJob:
    """Embed one memory anew under the active model."""
    return NewJob(
        id=clock.new_id(),
        queue=Queue.EMBEDDINGS,
        name=REGENERATE_EMBEDDING,
        data={"memoryId": memory_id},
        unique_key=f"embedding:{memory_id}",
    )


def bulk_job(clock: Clock, memory_ids: Sequence[str] | None) -> NewJob:
    """Embed these memories anew, or all of them into a new generation; only one of the latter."""
    return NewJob(
        id=f"bulk-{clock.new_id()}",
        queue=Queue.EMBEDDINGS,
        name=BULK_REGENERATE,
        data={} if memory_ids is None else {"memoryIds": list(memory_ids)},
        unique_key="bulk:all" if memory_ids is None else None,
    )
