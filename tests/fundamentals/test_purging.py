"""What is purged is gone everywhere: a whole memory with its past, or what one version said."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from memorizer.domain.errors import NotFound, PresentVersion, VersionPurged
from memorizer.domain.jobs import Claim, Job, Queue
from memorizer.domain.memories import Content, EventType, Memory
from memorizer.services import Services
from support.memorizer import Memorizer
from support.rows import everything, owners, rows
from support.waiting import wait_until

ACTOR = "test"
SECRET = "quxword"  # noqa: S105 - no password
TOLD = Content(f"The {SECRET} opens the door of the shed.")
HARMLESS = Content("The key opens the door of the shed.", title="The shed", tags=("garden",))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["database", "redis"])
def queue_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def titled(memorizer: Memorizer, content: Content) -> tuple[Memory, Job]:
    """Store without a title, and wait for the job that writes it."""
    services = memorizer.services
    await memorizer.start_worker()
    stored = await services.memories.create(content, actor=ACTOR, idempotency_key="once")
    job_id = str(stored.title_job_id)

    async def done() -> bool:
        return (await services.jobs.get(job_id)).is_final

    await wait_until(done, description="the title is written")
    return await services.memories.get(stored.memory.id), await services.jobs.get(job_id)


async def test_a_job_shows_the_text_and_title_of_its_memory(memorizer: Memorizer) -> None:
    memory, job = await titled(memorizer, TOLD)

    assert job.data == {
        "memoryId": memory.id,
        "text": TOLD.text,
        "type": "note",
        "replace": False,
    }
    assert job.result is not None
    assert job.result["title"] == memory.content.title


async def test_no_job_shows_or_finds_what_is_in_the_trash(memorizer: Memorizer) -> None:
    services = memorizer.services
    memory, job = await titled(memorizer, TOLD)
    await services.memories.delete(memory.id, actor=ACTOR)

    shown = await services.jobs.get(job.id)
    listed, _ = await services.jobs.page()
    found, _ = await services.queue_stats.find(SECRET)
    told = [update async for update in services.job_progress.job(job.id) if update]

    assert SECRET not in f"{shown} {listed} {told}"
    assert shown.data["memoryId"] == memory.id
    assert found == []

    await services.trash.untrash(memory.id, actor=ACTOR)
    assert (await services.jobs.get(job.id)).data["text"] == TOLD.text


async def test_the_reason_of_a_failure_is_hidden_with_its_memory(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(TOLD, actor=ACTOR)
    queue, job_id = memorizer.container.adapters.queue, str(stored.title_job_id)

    async def claimed() -> list[Claim]:
        return await queue.claim("worker", Queue.TITLES, 1)

    [claim] = await wait_until(claimed, description="the job can be claimed")
    await queue.fail(claim.lease, f"The model cannot read {SECRET!r}.", None)
    assert SECRET in str((await services.jobs.get(job_id)).error)

    await services.memories.delete(stored.memory.id, actor=ACTOR)

    assert SECRET not in str(await services.jobs.get(job_id))
    assert (await services.jobs.get(job_id)).error


async def test_a_purged_memory_is_in_no_row_and_no_job(memorizer: Memorizer) -> None:
    services = memorizer.services
    memory, job = await titled(memorizer, TOLD)
    assert SECRET in everything(memorizer.settings)
    await services.memories.delete(memory.id, actor=ACTOR)

    await services.trash.purge(memory.id)

    assert SECRET not in everything(memorizer.settings)
    assert (await services.jobs.get(job.id)).is_final, "that there was a job may be known"


async def test_a_purged_version_is_in_no_row_and_no_job(memorizer: Memorizer) -> None:
    services = memorizer.services
    memory, _ = await titled(memorizer, replace(TOLD, tags=(f"{SECRET}-tag",)))
    assert memory.version == 2
    await services.memories.update(memory.id, lambda _: HARMLESS, actor=ACTOR)

    await services.history.purge(memory.id, 1, actor=ACTOR)
    assert SECRET in everything(memorizer.settings), "the second version still says it"
    await services.history.purge(memory.id, 2, actor="anna")

    assert SECRET not in everything(memorizer.settings)
    assert (await services.memories.get(memory.id)).content == HARMLESS
    present, *purged = await services.history.versions(memory.id)
    assert (present.content, present.purged_at) == (HARMLESS, None)
    assert {each.content.text for each in purged} == {"[purged]"}
    assert all(each.purged_at for each in purged)
    assert [each.version for each in purged] == [2, 1]


@pytest.mark.parametrize("database_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("queue_engine", ["database"], indirect=True)
async def test_a_backup_that_is_made_later_has_no_page_with_its_text(services: Services) -> None:
    """A backup copies the pages of a file, freed ones too."""
    edited = (await services.memories.create(TOLD, actor=ACTOR)).memory
    await services.memories.update(edited.id, lambda _: HARMLESS, actor=ACTOR)
    deleted = (await services.memories.create(replace(TOLD, type="other"), actor=ACTOR)).memory

    async def backup() -> bytes:
        run = await services.backups.make()
        assert run.file is not None
        return await asyncio.to_thread(Path(run.file.path).read_bytes)

    assert TOLD.text.encode() in await backup()

    await services.history.purge(edited.id, 1, actor=ACTOR)
    await services.memories.delete(deleted.id, actor=ACTOR)
    await services.trash.purge(deleted.id)

    assert TOLD.text.encode() not in await backup()


@pytest.mark.parametrize("queue_engine", ["database"], indirect=True)
class TestOneVersion:
    """The same on every queue."""

    async def edited(self, services: Services) -> Memory:
        stored = await services.memories.create(replace(TOLD, title=SECRET), actor=ACTOR)
        return await services.memories.update(stored.memory.id, lambda _: HARMLESS, actor=ACTOR)

    async def test_an_event_says_that_it_was_done_and_not_what(self, services: Services) -> None:
        memory = await self.edited(services)
        await services.history.purge(memory.id, 1, actor="anna")
        await services.history.purge(memory.id, 1, actor="anna")

        purged, changed, created = await services.history.events(memory.id)

        assert (purged.type, purged.actor) == (EventType.VERSION_PURGED, "anna")
        assert (purged.version, purged.data) == (2, {"purged": 1})
        assert (changed.data["added"], changed.data["removed"]) == (1, 1)
        assert isinstance(changed.data["changes"], dict)
        assert changed.data["changes"]["title"] == {"old": None, "new": "The shed"}
        assert created.data == {}

    async def test_the_present_version_is_refused_with_what_to_do(self, services: Services) -> None:
        memory = await self.edited(services)
        with pytest.raises(PresentVersion, match="edit the memory first"):
            await services.history.purge(memory.id, 2, actor=ACTOR)
        assert (await services.memories.get(memory.id)).content == HARMLESS

    async def test_what_is_not_there_cannot_be_purged(self, services: Services) -> None:
        memory = await self.edited(services)
        with pytest.raises(NotFound):
            await services.history.purge(memory.id, 3, actor=ACTOR)
        await services.memories.delete(memory.id, actor=ACTOR)
        with pytest.raises(NotFound):
            await services.history.purge(memory.id, 1, actor=ACTOR)

    async def test_nothing_goes_back_to_a_purged_version(self, services: Services) -> None:
        memory = await self.edited(services)
        await services.history.purge(memory.id, 1, actor=ACTOR)
        with pytest.raises(VersionPurged, match="Choose another version"):
            await services.memories.revert(memory.id, 1, actor=ACTOR)
        assert (await services.memories.get(memory.id)).version == 2

    async def test_a_comparison_shows_only_the_other_side(self, services: Services) -> None:
        memory = await self.edited(services)
        await services.history.purge(memory.id, 1, actor=ACTOR)
        diff = await services.history.diff(memory.id, 1, 2)
        assert SECRET not in str(diff)
        assert (diff.added, diff.removed) == (1, 1)

    async def test_a_repeated_request_is_not_answered_with_it(self, services: Services) -> None:
        first = await services.memories.create(
            replace(TOLD, title=SECRET), actor=ACTOR, idempotency_key="once"
        )
        await services.memories.update(first.memory.id, lambda _: HARMLESS, actor=ACTOR)
        await services.history.purge(first.memory.id, 1, actor=ACTOR)
        again = await services.memories.create(
            replace(TOLD, title=SECRET), actor=ACTOR, idempotency_key="once"
        )
        assert not again.repeated

    async def test_vectors_of_it_go_under_every_model(self, memorizer: Memorizer) -> None:
        services, settings = memorizer.services, memorizer.settings
        memory = await self.edited(services)
        model = "SELECT id FROM embedding_models"
        assert len(rows(settings, model)) == 1
        memorizer.embedder.is_down = True
        await services.memories.update(
            memory.id, lambda _: replace(HARMLESS, text="Another."), actor=ACTOR
        )
        await services.history.purge(memory.id, 2, actor=ACTOR)
        assert owners(settings)["embeddings"] == set()
