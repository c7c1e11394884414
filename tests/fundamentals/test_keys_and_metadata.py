"""Keys and metadata: a client's own name for a memory, and what it says about it.

With a key, storing is safe to repeat: there is one memory, and a version for each change.
Metadata is a flat object, part of every version; lists and searches are filtered by it.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from memorizer.adapters.formats import markdown, markdown_notes, memorizer_export
from memorizer.bootstrap import open_services
from memorizer.domain.errors import KeyTaken
from memorizer.domain.memories import Content, EventType, Filter
from memorizer.domain.metadata import Metadata, parse_conditions
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.services.keyed_memories import NewItem, StoreOutcome
from memorizer.services.memories import Rekey
from memorizer.settings import Settings
from support.agents import agent
from support.embedders import WordEmbedder
from support.moving import NOW, exported, imported
from support.titles import FirstWords

ACTOR = "test"
KEY = "projects/billing/decisions.md"
DECISION = Content("We charge yearly.", metadata=Metadata({"ticket": "X-1", "priority": 2}))


async def test_storing_again_under_a_key_makes_the_next_version(services: Services) -> None:
    first = await services.keyed.put(NewItem(DECISION, KEY), actor=ACTOR)
    again = await services.keyed.put(NewItem(DECISION, KEY), actor=ACTOR)
    changed = replace(DECISION, text="We charge monthly.")
    second = await services.keyed.put(NewItem(changed, KEY), actor=ACTOR)

    outcomes = [stored.outcome for stored in (first, again, second)]
    assert outcomes == [StoreOutcome.CREATED, StoreOutcome.UNCHANGED, StoreOutcome.UPDATED]
    memory = await services.keyed.get(KEY)
    assert (memory.id, memory.version) == (first.require().id, 2)
    assert memory.content.metadata == DECISION.metadata


async def test_a_key_is_free_again_when_its_memory_is_deleted_or_named_anew(
    services: Services,
) -> None:
    old = (await services.memories.create(DECISION, actor=ACTOR, key=KEY)).memory
    with pytest.raises(KeyTaken, match=old.id):
        await services.memories.create(DECISION, actor=ACTOR, key=KEY)
    moved = await services.memories.update(
        old.id, lambda content: content, actor=ACTOR, key=Rekey("archive/decisions.md")
    )
    new = (await services.memories.create(DECISION, actor=ACTOR, key=KEY)).memory
    [event, _] = await services.history.events(old.id)

    assert (moved.key, moved.version, new.key) == ("archive/decisions.md", 1, KEY)
    assert event.type is EventType.MEMORY_REKEYED


async def test_lists_and_searches_are_filtered_before_they_are_ranked(services: Services) -> None:
    for number in range(3):
        metadata = Metadata({"ticket": f"X-{number}", "priority": number})
        await services.memories.create(replace(DECISION, metadata=metadata), actor=ACTOR)
    urgent = Filter(metadata=parse_conditions({"priority": {"$gte": 1}, "ticket": {"$ne": "X-1"}}))

    page, _ = await services.memories.page(urgent, before=None, limit=10)
    answer = await services.search.search(Query("charge", limit=1, filter=urgent))
    found = [*page, *(hit.memory for hit in answer.hits)]
    assert [memory.content.metadata["ticket"] for memory in found] == ["X-2", "X-2"]


async def test_an_export_takes_keys_and_metadata_along(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    memory = (await services.memories.create(DECISION, actor=ACTOR, key=KEY)).memory
    await services.export.write(markdown.MarkdownSink(markdown.into_folder(tmp_path / "notes")))
    (tmp_path / "export.jsonl").write_bytes(await exported(services))
    for number, readings in enumerate(
        (
            memorizer_export.read(tmp_path / "export.jsonl", NOW),
            markdown_notes.read(tmp_path / "notes", NOW),
        )
    ):
        elsewhere = settings.model_copy(update={"data_dir": tmp_path / str(number)})
        async with open_services(elsewhere, embedder=WordEmbedder(), writer=FirstWords()) as other:
            assert (await imported(other.services, readings))[1] == []
            copy = await other.services.keyed.get(KEY)
            assert (copy.id, copy.content.metadata) == (memory.id, DECISION.metadata)


async def test_an_imported_memory_does_not_take_a_key_away(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    await services.memories.create(DECISION, actor=ACTOR, key=KEY)
    (tmp_path / "export.jsonl").write_bytes(await exported(services))
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "other"})
    async with open_services(elsewhere, embedder=WordEmbedder(), writer=FirstWords()) as other:
        here = (await other.services.memories.create(DECISION, actor=ACTOR, key=KEY)).memory
        readings = memorizer_export.read(tmp_path / "export.jsonl", NOW)
        _, [refusal] = await imported(other.services, readings)

        assert "came without it" in refusal.reason
        assert (await other.services.keyed.get(KEY)).id == here.id
        assert len((await other.services.memories.page(Filter(), before=None, limit=9))[0]) == 2


async def test_agents_store_under_a_key_and_search_by_metadata(services: Services) -> None:
    async with agent(services) as ours:
        given = {"key": KEY, "metadata": {"ticket": "X-1"}, "type": "decision", "source": "s"}
        first = await ours.call("store", text="We charge yearly.", **given)
        again = await ours.call("store", text="We charge yearly.", **given)
        second = await ours.call("store", text="We charge monthly.", **given)
        await ours.store("We charge by card.", metadata='{"ticket": "X-2"}')
        found = await ours.call("search_memories", query="charge", metadata={"ticket": "X-1"})
        got = await ours.call("get", id=first["id"])
        said = await ours.refused("search_memories", query="charge", metadata={"a": {"$no": 1}})

    assert [stored["version"] for stored in (first, again, second)] == [1, 1, 2]
    assert "no changes" in again["message"]
    assert [hit["id"] for hit in found["results"]] == [first["id"]]
    assert (got["memory"]["key"], got["memory"]["metadata"]) == (KEY, {"ticket": "X-1"})
    assert "$no is no operator" in said
