"""How each kind of job is described when it is enqueued."""

from collections.abc import Mapping, Sequence

from memorizer.domain.jobs import (
    BULK_REGENERATE,
    GENERATE_TITLE,
    REGENERATE_EMBEDDING,
    NewJob,
    Queue,
)
from memorizer.domain.memories import Memory
from memorizer.ports.clock import Clock


def title_job(
    clock: Clock, memory: Memory, *, replace: bool = False, id_: str | None = None
) -> NewJob:
    """Write a title where there is none, or anew with `replace`."""
    return NewJob(
        id=id_ or clock.new_id(),
        queue=Queue.TITLES,
        name=GENERATE_TITLE,
        data={"memoryId": memory.id, "replace": replace},  # job_contents.py shows the rest
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


def bulk_job(clock: Clock, memory_ids: Sequence[str] | None, model: Mapping[str, object]) -> NewJob:
    """Embed these memories anew, or all of them with `model`; only one of the latter.

    The model travels with the job: a worker with other settings may be the one that runs it.
    """
    return NewJob(
        id=f"bulk-{clock.new_id()}",
        queue=Queue.EMBEDDINGS,
        name=BULK_REGENERATE,
        data={"model": model} if memory_ids is None else {"memoryIds": list(memory_ids)},
        unique_key="bulk:all" if memory_ids is None else None,
    )
