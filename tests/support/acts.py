"""What the rows of mutations.py need: what must be there before, and what is done."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from memorizer.domain.auth import Kind, Scope
from memorizer.domain.jobs import (
    REEMBED_ALL,
    REEMBED_BATCH,
    BulkProgress,
    Claim,
    Queue,
    WorkerRecord,
)
from memorizer.domain.memories import (
    Content,
    EventType,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
)
from memorizer.domain.records import MemoryRecord, OnConflict, ParsedRecord
from memorizer.services import embedding as refused
from memorizer.services.auth import AuthService
from memorizer.tasks.reembed_all import ReembedAll
from support.stage import WORKER, Stage

ME: Final = "test"
TITLED: Final = Content("Ferns want water twice a week.", title="Ferns", tags=("plants", "home"))
UNTITLED: Final = Content("The kettle of the blue house is broken.")

Prepare = Callable[[Stage], Awaitable[Any]]
Act = Callable[[Stage, Any], Awaitable[Any]]


# -- what must be there before


async def nothing(_: Stage) -> None:
    """It needs nothing."""


async def memory(stage: Stage, content: Content = TITLED) -> str:
    return (await stage.services.memories.create(content, actor=ME)).memory.id


async def two_versions(stage: Stage) -> str:
    memory_id = await memory(stage)
    await stage.services.memories.update(memory_id, shorter, actor=ME)
    return memory_id


async def archived(stage: Stage) -> str:
    memory_id = await memory(stage)
    await stage.services.memories.archive(memory_id, actor=ME)
    return memory_id


async def deleted(stage: Stage) -> str:
    """With all that a memory can have."""
    from_id, _, _ = await linked(stage)
    await stage.services.memories.update(from_id, shorter, actor=ME)
    key = {"actor": ME, "idempotency_key": "again"}
    stored = await stage.services.memories.create(UNTITLED, **key)
    for memory_id in (from_id, stored.memory.id):
        await stage.services.memories.delete(memory_id, actor=ME)
    return stored.memory.id


async def linked(stage: Stage) -> tuple[str, str, str]:
    from_id, to_id = await memory(stage), await memory(stage, replace(TITLED, title="More ferns"))
    link, _ = await stage.services.relationships.add(from_id, to_id, "explains", actor=ME)
    return from_id, to_id, link.id


async def without_embedder(stage: Stage) -> str:
    """A memory without vectors, whose job has failed; the embedder is back."""
    stage.embedder.is_down = True
    memory_id = await memory(stage)
    claim = await stage.claim(Queue.EMBEDDINGS)
    await stage.queue.fail(claim.lease, "the embedder is down", None)
    stage.embedder.is_down = False
    return memory_id


async def not_embedded(stage: Stage) -> Claim:
    """The claimed job of a memory without vectors."""
    stage.embedder.is_down = True
    await memory(stage)
    stage.embedder.is_down = False
    return await stage.claim(Queue.EMBEDDINGS)


async def title_job(stage: Stage) -> str:
    stored = await stage.services.memories.create(UNTITLED, actor=ME)
    return stored.title_job_id or ""


async def titling(stage: Stage) -> Claim:
    await title_job(stage)
    return await stage.claim(Queue.TITLES)


async def embedding(stage: Stage) -> Claim:
    await stage.services.jobs.reembed([await memory(stage)])
    return await stage.claim(Queue.EMBEDDINGS)


async def bulk(stage: Stage) -> Claim:
    """A job for all memories, claimed and not yet planned."""
    for number in range(5):
        await memory(stage, Content(f"Memory number {number}.", title=f"Number {number}"))
    await stage.services.jobs.reembed()
    return await stage.claim(Queue.EMBEDDINGS)


async def planned(stage: Stage) -> Claim:
    claim = await bulk(stage)
    await plan(stage, claim)
    return claim


async def slicing(stage: Stage) -> Claim:
    await planned(stage)
    return await stage.claim(Queue.SLICES)


async def sliced(stage: Stage) -> Claim:
    """A job for all memories whose slices are done; one memory came meanwhile."""
    claim = await planned(stage)
    slice_ = await stage.claim(Queue.SLICES)
    await complete(REEMBED_BATCH)(stage, slice_)
    await memory(stage, Content("Came late.", title="Late"))
    return claim


async def re_embedded(stage: Stage) -> None:
    """The vectors of the model that was used before are still there."""
    await finish(stage, await sliced(stage))


async def failed(stage: Stage) -> str:
    claim = await titling(stage)
    await stage.queue.fail(claim.lease, "struck by the test", None)
    return claim.job.id


async def cancelling(stage: Stage) -> Claim:
    claim = await planned(stage)
    await stage.services.jobs.cancel(claim.job.id)
    return claim


async def token(stage: Stage) -> str:
    return (await stage.services.auth.create("laptop", Scope.WRITE))[1]


async def session(stage: Stage) -> str:
    return (await stage.services.auth.log_in(await token(stage)))[1]


# -- what is done


def shorter(content: Content) -> Content:
    return replace(content, text="Ferns want water.")


def store(content: Content = TITLED, **further: Any) -> Act:
    return lambda stage, _: stage.services.memories.create(content, actor=ME, **further)


async def store_without_embedder(stage: Stage, _: None) -> None:
    stage.embedder.is_down = True
    await memory(stage, UNTITLED)


def edit(**changes: Any) -> Act:
    return lambda stage, id_: stage.services.memories.update(
        id_, lambda content: replace(content, **changes), actor=ME
    )


async def import_(stage: Stage, _: object) -> None:
    memory_id, other = f"{1:08}-0000-7000-8000-{1:012}", f"{2:08}-0000-7000-8000-{2:012}"
    versions = (MemoryVersion(memory_id, 1, UNTITLED, 1_000),)
    event = MemoryEvent("event", memory_id, 1, EventType.MEMORY_CREATED, {}, ME, 1_000)
    things: list[MemoryRecord | Relationship] = [
        MemoryRecord(Memory(memory_id, TITLED, 2, 1_000, 2_000), versions, (event,)),
        MemoryRecord(Memory(other, UNTITLED, 1, 1_000, 1_000)),
        Relationship("link", memory_id, other, "explains", 0.5, 3_000),
    ]
    readings = (ParsedRecord(f"line {n}", thing) for n, thing in enumerate(things, 1))
    await stage.services.import_.run(readings, on_conflict=OnConflict.UPDATE)


async def import_another_content(stage: Stage, memory_id: str) -> None:
    dossier = MemoryRecord(Memory(memory_id, UNTITLED, 1, 1_000, 1_000))
    await stage.services.import_.run(
        iter([ParsedRecord("line 1", dossier)]), on_conflict=OnConflict.UPDATE
    )


async def plan(stage: Stage, claim: Claim) -> None:
    task = stage.task(REEMBED_ALL)
    assert isinstance(task, ReembedAll)
    target = await task._target(claim.job)
    await stage.database.write(lambda tx: task._plan(tx, claim.job, target))


async def finish(stage: Stage, claim: Claim) -> None:
    task = stage.task(REEMBED_ALL)
    assert isinstance(task, ReembedAll)
    items = BulkProgress(total=5, done=5)
    await stage.queue.complete(claim.lease, lambda tx: task._finish(tx, claim.job, items))


async def mark_failed(stage: Stage, claim: Claim) -> None:
    memory = await stage.services.memories.get(str(claim.job.data["memoryId"]))
    await stage.database.write(lambda tx: refused.mark_failed(tx, [memory]))


async def unheard(progress: int, items: BulkProgress | None = None) -> None:
    """Progress is a row of its own."""


def work(name: str) -> Act:
    return lambda stage, claim: stage.task(name).run(claim.job, unheard)


def complete(name: str) -> Act:
    async def act(stage: Stage, claim: Claim) -> None:
        effect = await stage.task(name).run(claim.job, unheard)
        await stage.queue.complete(claim.lease, effect)

    return act


async def beat(stage: Stage, claim: Claim) -> None:
    now = stage.assembly.adapters.clock.now()
    worker = WorkerRecord(WORKER, "somewhere", 1, (Queue.TITLES,), now, now)
    await stage.queue.heartbeat(worker, [claim.lease])


async def working(stage: Stage) -> None:
    await beat(stage, await titling(stage))


async def note_use(stage: Stage, text: str) -> None:
    """By one who did not try before."""
    await AuthService(stage.database, stage.assembly.adapters.clock).identify(text, Kind.TOKEN)


async def purge_old(stage: Stage, _: str) -> None:
    await replace(stage.services.trash, age_ms=-1).purge_old()


async def prune(stage: Stage, _: str) -> None:
    await replace(stage.maintenance, job_age_ms=-1_000).prune()
