"""Memories: what is stored, and what becomes of it."""

from dataclasses import replace
from typing import Any

import pytest

from memorizer.domain.errors import InvalidField, NotFound, VersionConflict
from memorizer.domain.memories import Content, EmbeddingStatus, EventType, Filter
from memorizer.services import Services
from support.memorizer import Memorizer

ACTOR = "test"
TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("tea", "kitchen"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    """All of this holds wherever the memories are."""
    return str(request.param)


async def test_a_memory_is_kept_verbatim(services: Services) -> None:
    text = '  {"looks": "like JSON"}\n\n<b>kept</b> as it is \U0001f375 '
    stored = await services.memories.create(Content(text), actor=ACTOR)
    assert (await services.memories.get(stored.memory.id)).content.text == text


async def test_a_new_memory_is_version_one_and_ready_to_be_found(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    assert memory.version == 1
    assert memory.embedding_status is EmbeddingStatus.READY


async def test_an_edit_makes_the_next_version_and_keeps_the_old_one(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    edited = await services.memories.update(
        memory.id, lambda old: replace(old, text="Use water of 70 degrees."), actor=ACTOR
    )
    versions = await services.history.versions(memory.id)
    assert edited.version == 2
    assert [v.content.text for v in versions] == ["Use water of 70 degrees.", TEA.text]


async def test_an_edit_that_changes_nothing_makes_no_version(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    assert await services.memories.update(memory.id, lambda old: old, actor=ACTOR) == memory


async def test_an_edit_of_an_outdated_version_is_refused(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.update(memory.id, lambda old: replace(old, type="how-to"), actor=ACTOR)
    with pytest.raises(VersionConflict) as refused:
        await services.memories.update(
            memory.id, lambda old: replace(old, type="fact"), actor=ACTOR, expected=1
        )
    assert (refused.value.expected, refused.value.current) == (1, 2)


async def test_reverting_writes_the_old_content_as_a_new_version(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.update(memory.id, lambda old: replace(old, text="Wrong."), actor=ACTOR)
    reverted = (await services.memories.revert(memory.id, 1, actor=ACTOR)).memory
    assert (reverted.version, reverted.content) == (3, TEA)


async def test_every_mutation_leaves_one_event_with_its_actor(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor="anna's agent")).memory
    other = (await services.memories.create(replace(TEA, title="Other"), actor=ACTOR)).memory
    await services.memories.update(memory.id, lambda c: replace(c, text="Changed."), actor=ACTOR)
    await services.memories.update(memory.id, lambda c: replace(c, tags=("x",)), actor=ACTOR)
    await services.memories.revert(memory.id, 1, actor=ACTOR)
    link, _ = await services.relationships.add(memory.id, other.id, "related-to", actor=ACTOR)
    await services.relationships.remove(link.id, actor=ACTOR)
    await services.memories.archive(memory.id, actor=ACTOR)
    await services.memories.unarchive(memory.id, actor=ACTOR)
    await services.memories.delete(memory.id, actor=ACTOR)
    events = await services.history.events(memory.id)
    assert [event.type for event in reversed(events)] == [
        EventType.MEMORY_CREATED,
        EventType.CONTENT_UPDATED,
        EventType.METADATA_UPDATED,
        EventType.MEMORY_REVERTED,
        EventType.RELATIONSHIP_ADDED,
        EventType.RELATIONSHIP_REMOVED,
        EventType.MEMORY_ARCHIVED,
        EventType.MEMORY_RESTORED,
        EventType.MEMORY_DELETED,
    ]
    assert events[-1].actor == "anna's agent"


async def test_a_deleted_memory_is_nowhere_to_be_seen(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.delete(memory.id, actor=ACTOR)
    with pytest.raises(NotFound):
        await services.memories.get(memory.id)
    assert await services.memories.page(Filter(archived=None), before=None, limit=10) == ([], None)
    assert (await services.statistics.totals()).memories == 0


async def test_an_archived_memory_hides_until_it_is_asked_for(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.archive(memory.id, actor=ACTOR)
    live, _ = await services.memories.page(Filter(), before=None, limit=10)
    archived, _ = await services.memories.page(Filter(archived=True), before=None, limit=10)
    assert (live, [m.id for m in archived]) == ([], [memory.id])


async def test_a_relationship_is_seen_from_both_ends_and_kept_once(services: Services) -> None:
    one = (await services.memories.create(TEA, actor=ACTOR)).memory.id
    two = (await services.memories.create(replace(TEA, text="Kettle"), actor=ACTOR)).memory.id
    link, is_new = await services.relationships.add(one, two, "needs", actor=ACTOR, score=0.5)
    again, is_new_again = await services.relationships.add(one, two, "needs", actor=ACTOR)
    assert (is_new, is_new_again, again) == (True, False, link)
    assert (
        await services.relationships.list(two) == await services.relationships.list(one) == [link]
    )
    assert await services.relationships.list(one, outgoing=False) == []


async def test_a_memory_cannot_be_related_to_itself(services: Services) -> None:
    memory_id = (await services.memories.create(TEA, actor=ACTOR)).memory.id
    with pytest.raises(InvalidField):
        await services.relationships.add(memory_id, memory_id, "same-as", actor=ACTOR)


async def test_the_same_idempotency_key_stores_once(services: Services) -> None:
    first = await services.memories.create(TEA, actor=ACTOR, idempotency_key="k1")
    await services.memories.update(first.memory.id, lambda c: replace(c, type="x"), actor=ACTOR)
    again = await services.memories.create(TEA, actor=ACTOR, idempotency_key="k1")
    assert again.repeated
    assert again.memory == first.memory


async def test_an_idempotency_key_is_its_callers_own(services: Services) -> None:
    stored = [
        await services.memories.create(content, actor=ACTOR, idempotency_key="k1", caller=caller)
        for caller, content in (("anna", TEA), ("bob", TEA), ("eve", replace(TEA, type="x")))
    ]
    again = await services.memories.create(TEA, actor=ACTOR, idempotency_key="k1", caller="bob")

    assert len({each.memory.id for each in stored}) == 3
    assert not any(each.repeated for each in stored)
    assert (again.repeated, again.memory.id) == (True, stored[1].memory.id)


async def test_a_change_says_whether_it_made_a_version_itself(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.update(memory.id, lambda c: replace(c, type="x"), actor=ACTOR)
    back = await services.memories.revert(memory.id, 1, actor=ACTOR)
    again = await services.memories.revert(memory.id, 1, actor=ACTOR)
    assert (back.changed, back.memory.version) == (True, 3)
    assert (again.changed, again.memory.version) == (False, 3)


async def test_a_comparison_is_of_one_moment(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.update(memory.id, lambda c: replace(c, text="Cold."), actor=ACTOR)
    counting = Counting(services.history.database)

    await replace(services.history, database=counting).diff(memory.id, 1, 2)

    assert counting.reads == 1


class Counting:
    """A database that counts its read transactions."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.reads = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def read(self, work: Any) -> Any:
        self.reads += 1
        return await self._database.read(work)


async def test_a_memory_outlives_the_process(memorizer: Memorizer) -> None:
    from memorizer.bootstrap import open_services  # noqa: PLC0415 - a second process, as it were

    stored = await memorizer.services.memories.create(TEA, actor=ACTOR)
    async with open_services(memorizer.settings, embedder=memorizer.embedder) as other:
        assert (await other.services.memories.get(stored.memory.id)).content == TEA
