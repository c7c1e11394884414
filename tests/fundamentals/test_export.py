"""Export and import: everything goes out, everything comes back, and nothing comes twice."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from memorizer.adapters.formats import memorizer_export
from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content, EmbeddingStatus, Filter, Memory
from memorizer.domain.records import (
    MemoryRecord,
    OnConflict,
    Outcome,
    ParsedRecord,
    Reading,
    RecordType,
    derived_id,
)
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.moving import NOW, exported, imported
from support.titles import FirstWords
from support.waiting import wait_until

TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("tea", "kitchen"))
KETTLE = Content("The kettle holds a litre.", title="Kettle")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def empty(settings: Settings, tmp_path: Path) -> AsyncIterator[Services]:
    """A second Memorizer that has nothing yet, in a file."""
    other = settings.model_copy(update={"data_dir": tmp_path / "other", "database_url": None})
    async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as container:
        yield container.services


async def test_what_is_imported_is_exported_with_the_same_bytes(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    await _live_a_little(services)
    before = await exported(services)

    report, refusals = await imported(empty, _file(tmp_path, before))

    assert refusals == []
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 3
    assert await exported(empty) == before


async def test_an_imported_archived_memory_gets_its_title_when_it_is_restored(
    services: Services, memorizer: Memorizer
) -> None:
    dossier = MemoryRecord(Memory(derived_id(NOW, "x"), Content("Tea for two."), 1, NOW, NOW, NOW))
    await imported(services, iter([ParsedRecord("line 1", dossier)]))
    await memorizer.start_worker()

    await services.memories.unarchive(dossier.memory.id, actor="test")

    async def has_title() -> bool:
        return (await services.memories.get(dossier.memory.id)).content.title is not None

    await wait_until(has_title, description="the title is written")


async def test_a_purged_version_comes_back_purged(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    memory = (await services.memories.create(TEA, actor="test")).memory
    await services.memories.update(memory.id, lambda _: KETTLE, actor="test")
    before_purging = await exported(services)
    await services.history.purge(memory.id, 1, actor="test")

    text = await exported(services)
    await imported(empty, _file(tmp_path, text))
    await imported(services, _file(tmp_path, before_purging))

    assert b"80 degrees" not in text
    for store in (services, empty):
        _, purged = await store.history.versions(memory.id)
        assert (purged.content.text, purged.purged_at is None) == ("[purged]", False)


async def test_the_same_file_twice_changes_nothing(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    await _live_a_little(services)
    before = await exported(services)
    await imported(empty, _file(tmp_path, before))

    report, refusals = await imported(empty, _file(tmp_path, before))

    assert refusals == []
    assert {outcome for (_, outcome), count in report.counts.items() if count} == {Outcome.KNOWN}
    assert await exported(empty) == before


async def test_an_import_that_came_half_way_is_finished_by_the_next_one(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    await _live_a_little(services)
    before = await exported(services)
    await imported(empty, islice(_file(tmp_path, before), 1))

    report, _ = await imported(empty, _file(tmp_path, before))

    assert report.count(RecordType.MEMORIES, Outcome.KNOWN) == 1
    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 2
    assert await exported(empty) == before


async def test_an_imported_memory_is_found_by_its_words_at_once_and_by_its_meaning_later(
    services: Services, memorizer: Memorizer, empty: Services, tmp_path: Path
) -> None:
    await empty.memories.create(TEA, actor="test")
    await imported(services, _file(tmp_path, await exported(empty)))

    [hit] = (await services.search.search(Query("degrees"))).hits
    assert hit.memory.content == TEA
    assert hit.memory.embedding_status is EmbeddingStatus.PENDING

    async def is_ready() -> bool:
        return (
            await services.memories.get(hit.memory.id)
        ).embedding_status is EmbeddingStatus.READY

    await memorizer.start_worker()
    await wait_until(is_ready, description="the worker's upkeep embeds it")


async def test_a_memory_without_a_title_gets_one_as_if_it_were_new(
    services: Services, memorizer: Memorizer, empty: Services, tmp_path: Path
) -> None:
    stored = await empty.memories.create(Content("Rooibos is no tea."), actor="test")
    await imported(services, _file(tmp_path, await exported(empty)))

    async def title() -> str | None:
        return (await services.memories.get(stored.memory.id)).content.title

    assert await title() is None
    await memorizer.start_worker()
    await wait_until(title, description="a title is written")


async def test_a_memory_with_other_content_is_refused_and_stays(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    memory = (await services.memories.create(TEA, actor="test")).memory
    file = await exported(services)
    await imported(empty, _file(tmp_path, file))
    await empty.memories.update(memory.id, lambda old: replace(old, text="Here."), actor="test")
    await services.memories.update(memory.id, lambda old: replace(old, text="There."), actor="test")

    _, refusals = await imported(empty, _file(tmp_path, await exported(services)))

    [refusal] = refusals
    assert refusal.place == "line 2"
    assert "other content: version 2 here, 2 in the file" in refusal.reason
    assert (await empty.memories.get(memory.id)).content.text == "Here."


async def test_on_request_other_content_becomes_the_next_version(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    memory = (await services.memories.create(TEA, actor="test")).memory
    await imported(empty, _file(tmp_path, await exported(services)))
    await services.memories.update(memory.id, lambda old: replace(old, text="There."), actor="test")
    file = await exported(services)

    for _ in range(2):  # the second time there is nothing left to do
        await imported(empty, _file(tmp_path, file), on_conflict=OnConflict.UPDATE)

    versions = await empty.history.versions(memory.id)
    assert [version.content.text for version in versions] == ["There.", TEA.text]


async def test_a_store_that_went_on_knows_its_own_old_export(
    services: Services, tmp_path: Path
) -> None:
    memory = (await services.memories.create(TEA, actor="test")).memory
    old = await exported(services)
    await services.memories.update(memory.id, lambda c: replace(c, text="New."), actor="test")

    report, refusals = await imported(services, _file(tmp_path, old))

    assert (report.count(RecordType.MEMORIES, Outcome.KNOWN), refusals) == (1, [])
    assert (await services.memories.get(memory.id)).content.text == "New."


async def test_what_was_deleted_here_is_not_brought_back(
    services: Services, tmp_path: Path
) -> None:
    memory = (await services.memories.create(TEA, actor="test")).memory
    file = await exported(services)
    await services.memories.delete(memory.id, actor="test")

    _, [refusal] = await imported(services, _file(tmp_path, file))

    assert "was deleted here" in refusal.reason
    assert await services.memories.page(Filter(archived=None), before=None, limit=10) == ([], None)


async def test_a_dry_run_says_what_would_happen_and_does_nothing(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    await _live_a_little(services)
    file = await exported(services)

    promised, _ = await imported(empty, _file(tmp_path, file), dry_run=True)

    assert (await empty.statistics.totals()).memories == 0
    done, _ = await imported(empty, _file(tmp_path, file))
    assert promised.counts == done.counts


async def test_a_broken_line_costs_only_itself(
    services: Services, empty: Services, tmp_path: Path
) -> None:
    await services.memories.create(TEA, actor="test")
    lines = (await exported(services)).splitlines()
    lines[1:1] = [b"{broken", b'{"kind": "memory"}', b'"\xff"']

    report, refusals = await imported(empty, _file(tmp_path, b"\n".join(lines)))

    assert report.count(RecordType.MEMORIES, Outcome.ADDED) == 1
    assert [refusal.place for refusal in refusals[:3]] == ["line 2", "line 3", "line 4"]
    assert refusals[1].reason == "id: is missing"


async def test_the_manifest_tells_that_a_file_was_cut_or_changed(
    services: Services, tmp_path: Path
) -> None:
    await services.memories.create(TEA, actor="test")
    whole = await exported(services)

    _, [cut] = await imported(services, _file(tmp_path, whole.rpartition(b'{"kind":"manifest')[0]))
    _, changed = await imported(services, _file(tmp_path, whole.replace(b"80 degrees", b"99")))

    assert "has no manifest" in cut.reason
    assert "changed after the export" in changed[-1].reason


async def test_an_export_is_plain_to_read(services: Services) -> None:
    await services.memories.create(TEA, actor="test")
    header, memory, event, manifest = map(json.loads, (await exported(services)).splitlines())
    assert header == {"kind": "memorizer-export", "formatVersion": 1}
    assert (memory["text"], memory["tags"]) == (TEA.text, ["tea", "kitchen"])
    assert (event["kind"], event["type"], event["actor"]) == ("event", "memory_created", "test")
    assert manifest["counts"] == {"memories": 1, "versions": 0, "events": 1, "relationships": 0}


async def _live_a_little(services: Services) -> None:
    """Three memories with edits, an archived one, and two relationships."""
    tea = (await services.memories.create(TEA, actor="anna's agent")).memory.id
    kettle = (await services.memories.create(KETTLE, actor="test")).memory.id
    untitled = (await services.memories.create(Content("Old."), actor="test")).memory.id
    await services.memories.update(tea, lambda c: replace(c, text="75 degrees."), actor="test")
    await services.memories.update(tea, lambda c: replace(c, tags=("x",)), actor="test")
    await services.memories.revert(tea, 1, actor="test")
    await services.relationships.add(tea, kettle, "needs", actor="test", score=0.5)
    await services.relationships.add(kettle, untitled, "came after", actor="test")
    await services.memories.archive(untitled, actor="test")


def _file(folder: Path, content: bytes) -> Iterator[Reading]:
    path = folder / "export.jsonl"
    path.write_bytes(content)
    return memorizer_export.read(path, NOW)
