"""The trash: what is deleted can be brought back for a while, as it was."""

from dataclasses import replace

import pytest

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Content, EmbeddingStatus, EventType, Filter, Memory
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.services.trash import Trash
from support.clock import ManualClock
from support.memorizer import Memorizer
from support.rows import owners
from support.waiting import wait_until

ACTOR = "test"
TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("tea", "kitchen"))
KETTLE = Content("The kettle is red.", title="Kettle")
DAY = 24 * 3_600


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def stored(services: Services, content: Content) -> Memory:
    return (await services.memories.create(content, actor=ACTOR)).memory


async def deleted(services: Services, content: Content) -> Memory:
    memory = await stored(services, content)
    await services.memories.delete(memory.id, actor=ACTOR)
    return memory


async def ids_in(trash: Trash) -> list[str]:
    page, _ = await trash.page(before=None, limit=100)
    return [each.memory.id for each in page]


async def test_a_deleted_memory_lies_whole_in_the_trash(services: Services) -> None:
    memory = await deleted(services, TEA)

    [found], _ = await services.trash.page(before=None, limit=10)

    assert (found.memory.id, found.memory.content) == (memory.id, TEA)
    assert found.at >= memory.created_at
    assert await services.trash.count() == 1


async def test_the_last_deleted_comes_first_and_pages_go_on_where_they_ended(
    services: Services,
) -> None:
    memories = [await deleted(services, replace(TEA, title=f"Tea {n}")) for n in range(5)]

    first, place = await services.trash.page(before=None, limit=3)
    rest, end = await services.trash.page(before=place, limit=3)

    found = [each.memory.id for each in first + rest]
    assert found == [memory.id for memory in reversed(memories)]
    assert end is None


async def test_a_restored_memory_is_as_it_was_with_its_past(services: Services) -> None:
    memory = await stored(services, TEA)
    changed = await services.memories.update(
        memory.id, lambda old: replace(old, text="Use 70 degrees."), actor=ACTOR
    )
    versions = await services.history.versions(memory.id)
    await services.memories.delete(memory.id, actor=ACTOR)

    await services.trash.untrash(memory.id, actor="anna")

    assert await services.memories.get(memory.id) == changed
    assert await services.history.versions(memory.id) == versions
    newest, *earlier = await services.history.events(memory.id)
    assert (newest.type, newest.actor, newest.data) == (
        EventType.MEMORY_RESTORED,
        "anna",
        {"from": "trash"},
    )
    assert earlier[0].type is EventType.MEMORY_DELETED


async def test_a_restored_memory_is_found_by_words_and_by_meaning(services: Services) -> None:
    memory = await deleted(services, TEA)
    await services.trash.untrash(memory.id, actor=ACTOR)

    [hit] = (await services.search.search(Query("water degrees"))).hits

    assert hit.memory.id == memory.id
    assert {leg.leg for leg in hit.legs} == {"fullText", "content", "metadata"}


async def test_without_an_embedder_a_restored_memory_waits_for_its_vectors(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    memory = await deleted(services, TEA)
    memorizer.embedder.is_down = True
    restored = (await services.trash.untrash(memory.id, actor=ACTOR)).memory
    memorizer.embedder.is_down = False
    await memorizer.start_worker()

    async def is_ready() -> bool:
        now = await services.memories.get(memory.id)
        return now.embedding_status is EmbeddingStatus.READY

    assert restored.embedding_status is EmbeddingStatus.PENDING
    await wait_until(is_ready, description="the vectors are made")


async def test_an_archived_memory_comes_back_archived(services: Services) -> None:
    memory = await stored(services, TEA)
    await services.memories.archive(memory.id, actor=ACTOR)
    await services.memories.delete(memory.id, actor=ACTOR)

    restored = (await services.trash.untrash(memory.id, actor=ACTOR)).memory

    assert restored.archived_at is not None


async def test_a_memory_deleted_before_it_had_a_title_gets_one_after_all(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    memory = await deleted(services, replace(TEA, title=None))
    await services.trash.untrash(memory.id, actor=ACTOR)
    await memorizer.start_worker()

    async def has_title() -> bool:
        return (await services.memories.get(memory.id)).content.title is not None

    await wait_until(has_title, description="the title is written")


async def test_relationships_come_back_when_both_ends_are_there(services: Services) -> None:
    tea, kettle = await stored(services, TEA), await stored(services, KETTLE)
    link, _ = await services.relationships.add(tea.id, kettle.id, "needs", actor=ACTOR)
    await services.memories.delete(tea.id, actor=ACTOR)
    await services.memories.delete(kettle.id, actor=ACTOR)

    await services.trash.untrash(kettle.id, actor=ACTOR)
    assert await services.relationships.list(kettle.id) == []
    await services.trash.untrash(tea.id, actor=ACTOR)
    assert await services.relationships.list(kettle.id) == [link]


async def test_restoring_twice_is_restoring_once(services: Services) -> None:
    memory = await deleted(services, TEA)
    await services.trash.untrash(memory.id, actor=ACTOR)
    events = await services.history.events(memory.id)

    again = (await services.trash.untrash(memory.id, actor=ACTOR)).memory

    assert again.id == memory.id
    assert await services.history.events(memory.id) == events


async def test_restoring_never_undoes_what_came_later(services: Services) -> None:
    """Somebody's late "undo" comes when the memory is long back and has been edited."""
    memory = await deleted(services, TEA)
    await services.trash.untrash(memory.id, actor=ACTOR)
    edited = await services.memories.update(
        memory.id, lambda old: replace(old, text="Edited since."), actor=ACTOR
    )

    assert (await services.trash.untrash(memory.id, actor=ACTOR)).memory == edited


async def test_nothing_that_was_never_there_can_be_restored(services: Services) -> None:
    with pytest.raises(NotFound):
        await services.trash.untrash("0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f", actor=ACTOR)


async def test_after_its_time_a_memory_goes_for_ever(services: Services) -> None:
    clock = ManualClock()
    memories = replace(services.memories, clock=clock)
    trash = replace(services.trash, clock=clock, age_ms=30 * DAY * 1_000)
    early, late = await stored(services, TEA), await stored(services, KETTLE)
    await memories.delete(early.id, actor=ACTOR)
    clock.advance(seconds=10 * DAY)
    await memories.delete(late.id, actor=ACTOR)

    clock.advance(seconds=20 * DAY - 1)
    assert await trash.purge_old() == 0
    clock.advance(seconds=1)
    assert await trash.purge_old() == 1

    assert await ids_in(trash) == [late.id]
    with pytest.raises(NotFound):
        await trash.untrash(early.id, actor=ACTOR)


async def test_the_trash_is_emptied_in_batches_and_only_the_trash(services: Services) -> None:
    kept = await stored(services, KETTLE)
    for number in range(120):
        await deleted(services, replace(TEA, title=f"Tea {number}"))

    assert await services.trash.empty() == 120
    assert await services.trash.count() == 0
    [left], _ = await services.memories.page(Filter(), before=None, limit=10)
    assert left.id == kept.id


async def test_all_that_belongs_to_a_purged_memory_goes_and_nothing_else(
    memorizer: Memorizer,
) -> None:
    services, settings = memorizer.services, memorizer.settings
    kettle = await stored(services, KETTLE)
    before = owners(settings)
    tea = (await services.memories.create(TEA, actor=ACTOR, idempotency_key="once")).memory
    await services.memories.update(tea.id, lambda c: replace(c, text="Changed."), actor=ACTOR)
    await services.relationships.add(tea.id, kettle.id, "needs", actor=ACTOR)
    await services.memories.delete(tea.id, actor=ACTOR)

    await services.trash.purge(tea.id)

    assert owners(settings) == before
    again = await services.memories.create(TEA, actor=ACTOR, idempotency_key="once")
    assert not again.repeated  # nothing remembers the first time any more


async def test_a_live_memory_cannot_be_purged(services: Services) -> None:
    memory = await stored(services, TEA)
    with pytest.raises(NotFound, match="deleted memory"):
        await services.trash.purge(memory.id)
    assert (await services.memories.get(memory.id)).content == TEA


async def test_what_is_in_the_trash_counts_nowhere(services: Services) -> None:
    await stored(services, KETTLE)
    before = await services.statistics.totals()
    memory = await stored(services, TEA)
    await services.memories.update(memory.id, lambda c: replace(c, text="Changed."), actor=ACTOR)

    await services.memories.delete(memory.id, actor=ACTOR)

    after = await services.statistics.totals()
    assert replace(after, database_bytes=0) == replace(before, database_bytes=0)
