"""The steps of the rows of mutations.py: preparations and changes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, Final

from memorizer.domain.auth import Kind, Scope
from memorizer.domain.captures import NewCapture
from memorizer.domain.documents import ConvertedDocument, ConvertedPart, IngestRequest
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
from memorizer.domain.proposals import ProposalKind
from memorizer.domain.records import MemoryRecord, OnConflict, ParsedRecord
from memorizer.ports.transactions import Transaction
from memorizer.services import embedding as refused
from memorizer.services.auth import AuthService
from memorizer.services.document_writer import SourceFile
from memorizer.services.keyed_memories import NewItem
from memorizer.tasks.reembed_all import ReembedAll
from support.harness import WORKER, Harness
from support.proposals import of_one, propose, replacing

ME: Final = "test"
SOURCE: Final = "notes.md"
TITLED: Final = Content("Ferns want water twice a week.", title="Ferns", tags=("plants", "home"))
PART: Final = NewCapture("session", "codex", "{}")
UNTITLED: Final = Content("The kettle of the blue house is broken.")

Prepare = Callable[[Harness], Awaitable[Any]]
Step = Callable[[Harness, Any], Awaitable[Any]]


# -- what must be there before


async def nothing(_: Harness) -> None:
    """It needs nothing."""


async def memory(harness: Harness, content: Content = TITLED) -> str:
    return (await harness.services.memories.create(content, actor=ME)).memory.id


async def two_versions(harness: Harness) -> str:
    memory_id = await memory(harness)
    await harness.services.memories.update(memory_id, shorter, actor=ME)
    return memory_id


async def archived(harness: Harness) -> str:
    memory_id = await memory(harness)
    await harness.services.memories.archive(memory_id, actor=ME)
    return memory_id


async def deleted(harness: Harness) -> str:
    """With all that a memory can have."""
    from_id, _, _ = await linked(harness)
    await harness.services.memories.update(from_id, shorter, actor=ME)
    key = {"actor": ME, "idempotency_key": "again"}
    stored = await harness.services.memories.create(UNTITLED, **key)
    for memory_id in (from_id, stored.memory.id):
        await harness.services.memories.delete(memory_id, actor=ME)
    return stored.memory.id


async def keyed(harness: Harness) -> None:
    await harness.services.keyed.put(NewItem(TITLED, "plants/ferns"), actor=ME)


async def filed(harness: Harness) -> tuple[str, str]:
    """A memory, and a workspace that holds it below another."""
    workspaces = harness.services.workspaces
    await workspaces.create("Home", actor=ME)
    await workspaces.create("Garden", actor=ME, parent="home")
    memory_id = await memory(harness)
    await workspaces.move_memories([memory_id], "home/garden", actor=ME)
    return memory_id, "home/garden"


async def linked(harness: Harness) -> tuple[str, str, str]:
    from_id, to_id = (
        await memory(harness),
        await memory(harness, replace(TITLED, title="More ferns")),
    )
    link, _ = await harness.services.relationships.add(from_id, to_id, "explains", actor=ME)
    return from_id, to_id, link.id


async def proposed(harness: Harness) -> str:
    """That a memory replaces a pinned one."""
    ids = [await memory(harness), await memory(harness, replace(TITLED, title="More ferns"))]
    await harness.services.memories.update(ids[0], lambda content: content, actor=ME, pinned=True)
    older, newer = await harness.services.memories.get_many(ids)
    [id_] = await propose(harness.services, replacing(newer, older))
    return id_


async def retitling(harness: Harness) -> str:
    known = await harness.services.memories.get(await memory(harness))
    new = of_one(ProposalKind.RETITLE, known, title="Watering ferns")
    [id_] = await propose(harness.services, new)
    return id_


async def accepted(harness: Harness) -> str:
    """The change set of an accepted proposal."""
    return (await harness.services.proposals.accept([await proposed(harness)], actor=ME)).id


async def retitled(harness: Harness) -> str:
    return (await harness.services.proposals.accept([await retitling(harness)], actor=ME)).id


async def put_off(harness: Harness) -> str:
    id_ = await proposed(harness)
    await harness.services.proposals.put_off(id_, actor=ME)
    return id_


async def without_embedder(harness: Harness) -> str:
    """A memory without vectors, whose job has failed; the embedder is back."""
    harness.embedder.is_down = True
    memory_id = await memory(harness)
    claim = await harness.claim(Queue.EMBEDDINGS)
    await harness.queue.fail(claim.lease, "the embedder is down", None)
    harness.embedder.is_down = False
    return memory_id


async def not_embedded(harness: Harness) -> Claim:
    """The claimed job of a memory without vectors."""
    harness.embedder.is_down = True
    await memory(harness)
    harness.embedder.is_down = False
    return await harness.claim(Queue.EMBEDDINGS)


async def document(harness: Harness) -> str:
    """A document of two parts."""
    written = await harness.database.write(lambda tx: _write(tx, harness, "old", "one", "two"))
    return str(written["documentId"])


async def ingesting(harness: Harness) -> Claim:
    """The claimed job of the next version of a document."""
    await document(harness)
    await take_file(harness, None)
    return await harness.claim(Queue.DOCUMENTS)


async def title_job(harness: Harness) -> str:
    stored = await harness.services.memories.create(UNTITLED, actor=ME)
    return stored.title_job_id or ""


async def titling(harness: Harness) -> Claim:
    await title_job(harness)
    return await harness.claim(Queue.TITLES)


async def embedding(harness: Harness) -> Claim:
    await harness.services.jobs.reembed([await memory(harness)])
    return await harness.claim(Queue.EMBEDDINGS)


async def bulk(harness: Harness) -> Claim:
    """A job for all memories, claimed and not yet planned."""
    for number in range(5):
        await memory(harness, Content(f"Memory number {number}.", title=f"Number {number}"))
    await harness.services.jobs.reembed()
    return await harness.claim(Queue.EMBEDDINGS)


async def planned(harness: Harness) -> Claim:
    claim = await bulk(harness)
    await plan(harness, claim)
    return claim


async def slicing(harness: Harness) -> Claim:
    await planned(harness)
    return await harness.claim(Queue.SLICES)


async def sliced(harness: Harness) -> Claim:
    """A job for all memories whose slices are done; one memory came meanwhile."""
    claim = await planned(harness)
    slice_ = await harness.claim(Queue.SLICES)
    await complete(REEMBED_BATCH)(harness, slice_)
    await memory(harness, Content("Came late.", title="Late"))
    return claim


async def re_embedded(harness: Harness) -> None:
    """The vectors of the model that was used before are still there."""
    await finish(harness, await sliced(harness))


async def failed(harness: Harness) -> str:
    claim = await titling(harness)
    await harness.queue.fail(claim.lease, "injected by the test", None)
    return claim.job.id


async def cancelling(harness: Harness) -> Claim:
    claim = await planned(harness)
    await harness.services.jobs.cancel(claim.job.id)
    return claim


async def token(harness: Harness) -> str:
    return (await harness.services.auth.create("laptop", Scope.WRITE))[1]


async def session(harness: Harness) -> str:
    return (await harness.services.auth.log_in(await token(harness)))[1]


# -- what is done


def shorter(content: Content) -> Content:
    return replace(content, text="Ferns want water.")


def store(content: Content = TITLED, **further: Any) -> Step:
    return lambda harness, _: harness.services.memories.create(content, actor=ME, **further)


async def store_without_embedder(harness: Harness, _: None) -> None:
    harness.embedder.is_down = True
    await memory(harness, UNTITLED)


def edit(**changes: Any) -> Step:
    return lambda harness, id_: harness.services.memories.update(
        id_, lambda content: replace(content, **changes), actor=ME
    )


async def import_(harness: Harness, _: object) -> None:
    memory_id, other = f"{1:08}-0000-7000-8000-{1:012}", f"{2:08}-0000-7000-8000-{2:012}"
    versions = (MemoryVersion(memory_id, 1, UNTITLED, 1_000),)
    event = MemoryEvent("event", memory_id, 1, EventType.MEMORY_CREATED, {}, ME, 1_000)
    records: list[MemoryRecord | Relationship] = [
        MemoryRecord(Memory(memory_id, TITLED, 2, 1_000, 2_000), versions, (event,)),
        MemoryRecord(Memory(other, UNTITLED, 1, 1_000, 1_000)),
        Relationship("link", memory_id, other, "explains", 0.5, 3_000),
    ]
    parsed = (ParsedRecord(f"line {n}", record) for n, record in enumerate(records, 1))
    await harness.services.import_.run(parsed, on_conflict=OnConflict.UPDATE)


async def import_another_content(harness: Harness, memory_id: str) -> None:
    record = MemoryRecord(Memory(memory_id, UNTITLED, 1, 1_000, 1_000))
    await harness.services.import_.run(
        iter([ParsedRecord("line 1", record)]), on_conflict=OnConflict.UPDATE
    )


async def plan(harness: Harness, claim: Claim) -> None:
    task = harness.task(REEMBED_ALL)
    assert isinstance(task, ReembedAll)
    target = await task._target(claim.job)
    await harness.database.write(lambda tx: task._plan(tx, claim.job, target))


async def finish(harness: Harness, claim: Claim) -> None:
    task = harness.task(REEMBED_ALL)
    assert isinstance(task, ReembedAll)
    items = BulkProgress(total=5, done=5)
    await harness.queue.complete(claim.lease, lambda tx: task._finish(tx, claim.job, items))


async def mark_failed(harness: Harness, claim: Claim) -> None:
    memory = await harness.services.memories.get(str(claim.job.data["memoryId"]))
    await harness.database.write(lambda tx: refused.mark_failed(tx, [memory]))


async def unheard(progress: int, items: BulkProgress | None = None) -> None:
    """Progress is a row of its own."""


def work(name: str) -> Step:
    return lambda harness, claim: harness.task(name).run(claim.job, unheard)


def complete(name: str) -> Step:
    async def run(harness: Harness, claim: Claim) -> None:
        effect = await harness.task(name).run(claim.job, unheard)
        await harness.queue.complete(claim.lease, effect)

    return run


async def take_file(harness: Harness, _: Any) -> None:
    await harness.services.documents.add_file(BytesIO(b"text"), SOURCE, actor=ME)


async def write_document(harness: Harness, claim: Claim) -> None:
    """One part stays, one changes, one is new; what the converter does is no statement."""
    request = IngestRequest.of(claim.job.data)
    await harness.queue.complete(
        claim.lease,
        lambda tx: _write(tx, harness, "new", "one", "changed", "more", request=request),
    )


def _write(
    tx: Transaction,
    harness: Harness,
    checksum: str,
    *texts: str,
    request: IngestRequest | None = None,
) -> Mapping[str, object]:
    parts = tuple(ConvertedPart(text, f"Part {n}") for n, text in enumerate(texts, start=1))
    converted = ConvertedDocument("Notes", "text/markdown", parts)
    request = request or IngestRequest(SOURCE, None, ME)
    return harness.services.documents.writer.write(tx, request, SourceFile(checksum, 4), converted)


async def beat(harness: Harness, claim: Claim) -> None:
    now = harness.container.adapters.clock.now()
    worker = WorkerRecord(WORKER, "somewhere", 1, (Queue.TITLES,), now, now)
    await harness.queue.heartbeat(worker, [claim.lease])


async def working(harness: Harness) -> None:
    await beat(harness, await titling(harness))


async def note_use(harness: Harness, text: str) -> None:
    """By one who did not try before."""
    await AuthService(harness.database, harness.container.adapters.clock).identify(text, Kind.TOKEN)


async def purge_old(harness: Harness, _: str) -> None:
    await replace(harness.services.trash, age_ms=-1).purge_old()


async def prune(harness: Harness, _: str) -> None:
    await replace(harness.maintenance, job_age_ms=-1_000).prune()
