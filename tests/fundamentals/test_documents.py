"""Documents: kept by their parts, which are memories; the same again changes nothing."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from memorizer.adapters.formats import memorizer_export
from memorizer.bootstrap import open_services, running
from memorizer.domain.documents import Document, DocumentPart
from memorizer.domain.errors import InvalidField, NotFound
from memorizer.domain.jobs import Job, JobState
from memorizer.domain.memories import EmbeddingStatus, Filter
from memorizer.domain.records import Outcome, RecordType
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.services import MemoryServices, Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.moving import NOW, exported, imported
from support.titles import FirstWords
from support.waiting import wait_until

HANDBOOK = """\
# Handbook

Read this first.

## Backups

Every night at two.

## Restoring

Ask Ada.
"""
ACTOR = "reader"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def services(memorizer: Memorizer) -> Services:
    await memorizer.start_worker()
    return memorizer.services


async def ingest(
    services: MemoryServices,
    text: str | bytes,
    source: str = "handbook.md",
    workspace: str | None = None,
) -> Job:
    content = text.encode() if isinstance(text, str) else text
    job_id = await services.documents.add_file(
        io.BytesIO(content), source, actor=ACTOR, workspace=workspace, tags=["manual"]
    )

    async def ended() -> bool:
        return (await services.memory_jobs.get(job_id)).is_final

    await wait_until(ended, description="the document is ingested")
    return await services.memory_jobs.get(job_id)


async def only(services: MemoryServices) -> tuple[Document, list[DocumentPart]]:
    [document], cursor = await services.documents.page(before=None, limit=10)
    assert cursor is None
    return await services.documents.get(document.id)


async def test_the_parts_of_a_document_are_memories_that_lead_back_to_it(
    services: Services,
) -> None:
    job = await ingest(services, HANDBOOK)
    assert job.state is JobState.COMPLETED
    document, parts = await only(services)
    assert (document.title, document.source, document.version) == ("Handbook", "handbook.md", 1)
    assert [(part.title, part.line) for part in parts] == [
        ("Handbook", 1),
        ("Handbook > Backups", 5),
        ("Handbook > Restoring", 9),
    ]
    memory = await services.memories.get(parts[1].memory_id)
    assert memory.content.text == "## Backups\n\nEvery night at two."
    assert dict(memory.content.metadata) == {"document": "handbook.md", "documentId": document.id}
    assert memory.content.tags == ("manual",)

    async def embedded() -> bool:
        found = await services.memories.get(memory.id)
        return found.embedding_status is EmbeddingStatus.READY

    await wait_until(embedded, description="the parts are embedded")


async def test_the_same_again_changes_nothing_under_whatever_name(services: Services) -> None:
    first = await ingest(services, HANDBOOK)
    before = await only(services)
    for name in ("handbook.md", "renamed.md"):
        again = await ingest(services, HANDBOOK, name)
        assert again.result is not None
        assert again.result["outcome"] == "unchanged"
        assert again.result["documentId"] == (first.result or {})["documentId"]
    assert await only(services) == before


async def test_a_changed_document_replaces_its_parts_as_a_set(services: Services) -> None:
    await ingest(services, HANDBOOK)
    _, (first, backups, restoring) = await only(services)
    changed = HANDBOOK.replace("at two", "at three").replace("## Restoring", "## Getting it back")
    job = await ingest(services, "A new first line.\n\n" + changed)
    counts = {name: (job.result or {})[name] for name in ("kept", "updated", "added", "removed")}
    assert counts == {"kept": 1, "updated": 1, "added": 2, "removed": 1}
    document, parts = await only(services)
    assert document.version == 2
    assert [part.memory_id for part in parts][1:3] == [first.memory_id, backups.memory_id]
    assert [part.line for part in parts] == [1, 3, 7, 11]
    now = await services.memories.get(backups.memory_id)
    assert (now.version, now.content.text) == (2, "## Backups\n\nEvery night at three.")
    old = await services.history.version(backups.memory_id, 1)
    assert old.content.text == "## Backups\n\nEvery night at two."
    with pytest.raises(NotFound):
        await services.memories.get(restoring.memory_id)
    [trashed], _ = await services.trash.page(before=None, limit=5)
    assert trashed.memory.id == restoring.memory_id


async def test_a_deleted_document_takes_its_parts_into_the_trash(services: Services) -> None:
    await ingest(services, HANDBOOK)
    document, parts = await only(services)
    assert await services.documents.delete(document.id, actor=ACTOR) == len(parts)
    assert await services.documents.page(before=None, limit=10) == ([], None)
    assert await services.trash.count() == len(parts)
    with pytest.raises(NotFound):
        await services.documents.delete(document.id, actor=ACTOR)


async def test_what_people_do_to_parts_outlives_a_new_version(services: Services) -> None:
    await ingest(services, HANDBOOK)
    _, (first, backups, _) = await only(services)
    await services.memories.delete(first.memory_id, actor=ACTOR)
    await services.memories.update(
        backups.memory_id, lambda content: replace(content, text="ours"), actor=ACTOR
    )
    await ingest(services, HANDBOOK.replace("Ask Ada", "Ask Grace"))
    assert (await services.memories.get(backups.memory_id)).content.text == "ours"
    _, parts = await only(services)
    assert first.memory_id not in [part.memory_id for part in parts]


async def test_what_is_not_in_the_scope_is_not_there(services: Services) -> None:
    ours = await services.workspaces.create("ours", actor=ACTOR)
    theirs = await services.workspaces.create("theirs", actor=ACTOR)
    await ingest(services, HANDBOOK, workspace="ours")
    document, _ = await only(services)
    assert document.workspace_id == ours.id
    scope = WorkspaceScope(frozenset([theirs.id]), frozenset([theirs.id]))
    elsewhere = services.within(scope)
    assert await elsewhere.documents.page(before=None, limit=10) == ([], None)
    for refused in (
        elsewhere.documents.get(document.id),
        elsewhere.documents.delete(document.id, actor=ACTOR),
        elsewhere.documents.add_file(io.BytesIO(b"x"), "x.md", actor=ACTOR, workspace="ours"),
    ):
        with pytest.raises(NotFound):
            await refused
    job = await ingest(elsewhere, HANDBOOK)  # of the same bytes: another document, elsewhere
    assert (job.result or {})["outcome"] == "created"
    with pytest.raises(NotFound):
        await services.within(WorkspaceScope(frozenset([ours.id]))).memory_jobs.get(job.id)
    inside = services.within(WorkspaceScope(frozenset([ours.id]), frozenset([ours.id])))
    assert (await only(inside))[0] == document
    await services.workspaces.delete("ours", actor=ACTOR, to="parent")
    found, _ = await services.documents.page(before=None, limit=9)
    assert {each.workspace_id for each in found} == {None, theirs.id}


@pytest.mark.parametrize("source", ["../secret.md", "a/../../b.md", "x\\..\\y.md", "", "a\nb.md"])
async def test_a_name_that_leads_elsewhere_is_refused(services: Services, source: str) -> None:
    with pytest.raises(InvalidField):
        await services.documents.add_file(io.BytesIO(b"text"), source, actor=ACTOR)


async def test_a_file_that_cannot_be_read_fails_its_job_and_can_be_retried(
    services: Services,
) -> None:
    job = await ingest(services, b"PK\x03\x04 no archive", "broken.docx")
    assert (job.state, job.attempts) == (JobState.FAILED, 1)
    assert job.error is not None
    assert "damaged" in job.error
    await services.jobs.retry(job.id)

    async def failed_again() -> bool:
        return (await services.jobs.get(job.id)).state is JobState.FAILED

    await wait_until(failed_again, description="the retried job fails again")
    assert await services.memories.page(Filter(), before=None, limit=5) == ([], None)


async def test_an_export_carries_documents_so_that_another_store_knows_them(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    await ingest(services, HANDBOOK)
    before = await exported(services)
    other = settings.model_copy(update={"data_dir": tmp_path / "other", "database_url": None})
    async with (
        open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as container,
        running(container.worker),
    ):
        for outcome in (Outcome.ADDED, Outcome.KNOWN):
            file = tmp_path / "export.jsonl"
            file.write_bytes(before)
            readings = memorizer_export.read(file, NOW)
            report, refusals = await imported(container.services, readings)
            assert (report.count(RecordType.DOCUMENTS, outcome), refusals) == (1, [])
        assert await exported(container.services) == before
        again = await ingest(container.services, HANDBOOK)
        assert (again.result or {})["outcome"] == "unchanged"
        assert await only(container.services) == await only(services)


async def test_secrets_in_a_document_are_handled_as_in_any_memory(settings: Settings) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    outcomes = {"refuse": (JobState.FAILED, 0), "mask": (JobState.COMPLETED, 1)}
    for handling, outcome in outcomes.items():
        other = settings.model_copy(update={"secrets": handling})
        async with (
            open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as container,
            running(container.worker),
        ):
            job = await ingest(container.services, f"# Access\n\nThe key is {key}.\n")
            found, _ = await container.services.memories.page(Filter(), before=None, limit=5)
        assert (job.state, len(found)) == outcome
        assert not any(key in memory.content.text for memory in found)


async def test_addresses_are_fetched_only_where_that_is_switched_on(services: Services) -> None:
    with pytest.raises(InvalidField, match="MEMORIZER_FETCH_URLS"):
        await services.documents.add_url("https://example.org/", actor=ACTOR)
