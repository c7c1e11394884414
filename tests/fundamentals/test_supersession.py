"""What replaces what: a memory says which ones it replaces, and searches leave these out.

Only a statement replaces a memory, never likeness or age. Nothing is lost by it: what is replaced
or has expired can be read, listed, searched for and brought back.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from memorizer.adapters.formats import markdown, markdown_notes, memorizer_export
from memorizer.bootstrap import open_services
from memorizer.domain.errors import InvalidField, NotFound
from memorizer.domain.memories import Content, EventType, Filter, Memory
from memorizer.domain.search import Query
from memorizer.domain.timestamps import from_iso
from memorizer.domain.validity import SUPERSEDES, Supersession, Times, Validity
from memorizer.services import Services
from memorizer.services.keyed_memories import NewItem, StoreOutcome
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.moving import NOW, exported, imported
from support.titles import FirstWords

ACTOR = "test"
UNKNOWN = "01936f5e-0000-7000-8000-000000000000"
DAY_MS = 24 * 3_600_000
OLD = Content("We deploy the payment service on Thursdays.", title="Deploy day")
NEW = Content(
    "Since the audit the payment service is deployed on Tuesdays, no longer on Thursdays.",
    title="Deploy day since the audit",
)
OTHER = Content("The payment service of another client is deployed by hand.", title="By hand")
QUERY = "when is the payment service deployed"

Store = Callable[..., Awaitable[Memory]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(services: Services) -> Store:
    async def stored(content: Content = OLD, *replaces: str) -> Memory:
        created = await services.memories.create(content, actor=ACTOR, replaces=replaces)
        return created.memory

    return stored


async def found(services: Services, **wanted: object) -> list[str]:
    answer = await services.search.search(Query(QUERY, **wanted))  # type: ignore[arg-type]
    return [hit.memory.id for hit in answer.hits]


async def supersession(services: Services, memory: Memory) -> Supersession | None:
    return (await services.memories.get(memory.id)).supersession


def by_and_when(found: Supersession | None) -> tuple[str | None, bool]:
    """What replaces it, and whether it does so already."""
    assert found is not None
    return found.by, found.at <= time.time() * 1_000


async def events(services: Services, memory: Memory) -> list[EventType]:
    return [event.type for event in await services.history.events(memory.id)]


async def test_of_three_deploy_days_the_current_one_is_found_and_the_old_one_is_not(
    services: Services, store: Store
) -> None:
    old, other = await store(OLD), await store(OTHER)
    new = await store(NEW, old.id)

    assert await found(services) == [new.id, other.id]
    assert set(await found(services, include_superseded=True)) == {old.id, new.id, other.id}
    assert by_and_when(await supersession(services, old)) == (new.id, True)
    [link] = await services.relationships.list(old.id)
    assert (link.from_id, link.to_id, link.type) == (new.id, old.id, SUPERSEDES)
    assert await events(services, old) == [EventType.MEMORY_SUPERSEDED, EventType.MEMORY_CREATED]


async def test_similar_memories_and_completions_leave_out_what_is_replaced(
    services: Services, store: Store
) -> None:
    old, other = await store(OLD), await store(OTHER)
    new = await store(NEW, old.id)

    near = await services.search.similar(other.id, limit=5)
    assert [each.memory.id for each in near] == [new.id]
    assert set(await services.search.complete_ids("payment", limit=5)) == {new.id, other.id}
    assert old.id not in await services.search.complete_ids("", limit=5)
    assert old.id not in await services.search.complete_ids(old.id[:8], limit=5)
    assert old.id in await services.search.complete_ids(old.id, limit=5)


async def test_a_relationship_says_the_same_and_its_removal_takes_it_back(
    services: Services, store: Store
) -> None:
    old, new = await store(OLD), await store(NEW)
    link, _ = await services.relationships.add(new.id, old.id, " Supersedes", actor=ACTOR)
    assert await found(services) == [new.id]

    await services.relationships.remove(link.id, actor=ACTOR)
    assert set(await found(services)) == {new.id, old.id}
    assert await events(services, old) == [
        EventType.MEMORY_REINSTATED,
        EventType.MEMORY_SUPERSEDED,
        EventType.MEMORY_CREATED,
    ]


async def test_restoring_takes_it_back(services: Services, store: Store) -> None:
    old = await store(OLD)
    new = await store(NEW, old.id)

    restored = await services.memories.unarchive(old.id, actor=ACTOR)
    assert restored.supersession is None
    assert await services.relationships.list(new.id) == []
    assert set(await found(services)) == {new.id, old.id}


async def test_what_is_replaced_by_a_deleted_memory_holds_again_until_that_comes_back(
    services: Services, store: Store
) -> None:
    old = await store(OLD)
    new = await store(NEW, old.id)

    await services.memories.delete(new.id, actor=ACTOR)
    assert await found(services) == [old.id]
    await services.trash.untrash(new.id, actor=ACTOR)
    assert await found(services) == [new.id]
    assert (await events(services, old))[:2] == [
        EventType.MEMORY_SUPERSEDED,
        EventType.MEMORY_REINSTATED,
    ]


async def test_an_edit_can_replace_others_without_a_new_version(
    services: Services, store: Store
) -> None:
    old, new = await store(OLD), await store(NEW)
    edited = await services.memories.update(new.id, lambda old: old, actor=ACTOR, replaces=[old.id])
    again = await services.memories.update(new.id, lambda old: old, actor=ACTOR, replaces=[old.id])

    assert (edited.version, again.version) == (1, 1)
    assert await supersession(services, old) is not None
    assert (await events(services, new)).count(EventType.RELATIONSHIP_ADDED) == 1


async def test_in_a_circle_the_newest_stays_current(services: Services, store: Store) -> None:
    first = await store(OLD)
    second = await store(OTHER, first.id)
    third = await store(NEW, second.id)
    link, _ = await services.relationships.add(first.id, third.id, SUPERSEDES, actor=ACTOR)
    assert await found(services) == [third.id]

    await services.relationships.remove(link.id, actor=ACTOR)
    assert await found(services) == [third.id]
    await services.relationships.add(first.id, third.id, SUPERSEDES, actor=ACTOR)
    await services.memories.delete(third.id, actor=ACTOR)
    assert await found(services) == [second.id]


async def test_nothing_is_stored_if_what_it_replaces_is_not_there(services: Services) -> None:
    with pytest.raises(NotFound, match=UNKNOWN):
        await services.memories.create(NEW, actor=ACTOR, replaces=[UNKNOWN])
    assert await services.memories.page(Filter(), before=None, limit=5) == ([], None)


async def test_a_memory_cannot_replace_itself(services: Services, store: Store) -> None:
    memory = await store()
    with pytest.raises(InvalidField, match="replaces: a memory cannot replace itself"):
        await services.memories.update(
            memory.id, partial(replace, text="x"), actor=ACTOR, replaces=[memory.id]
        )
    assert (await services.memories.get(memory.id)).version == 1


async def test_in_a_batch_the_item_that_cannot_replace_fails_alone(
    services: Services, store: Store
) -> None:
    old = await store(OLD)
    items = [NewItem(NEW, replaces=(old.id,)), NewItem(OTHER, replaces=(old.id, UNKNOWN))]
    good, bad = await services.keyed.store_all(items, actor=ACTOR)

    assert (good.outcome, bad.outcome) == (StoreOutcome.CREATED, StoreOutcome.FAILED)
    assert by_and_when(await supersession(services, old)) == (good.require().id, True)
    assert len((await services.memories.page(Filter(), before=None, limit=5))[0]) == 2


async def test_what_is_not_valid_yet_or_no_longer_is_left_out_but_kept(
    services: Services, store: Store
) -> None:
    now = services.memories.clock.now()
    times = [
        Times(valid_until=now - 1),
        Times(valid_from=now + DAY_MS),
        Times(valid_from=now - DAY_MS, valid_until=now + DAY_MS),
    ]
    expired, upcoming, valid = [
        await store(replace(OLD, text=f"{OLD.text} {number}", times=each))
        for number, each in enumerate(times)
    ]

    async def at(moment: int) -> set[str]:
        return set(await found(services, filter=Filter(validity=(Validity.HELD, moment))))

    assert await found(services) == [valid.id]
    assert await at(now + 2 * DAY_MS) == {upcoming.id}
    assert await at(now + DAY_MS - 1) == {valid.id}
    assert len(await found(services, include_superseded=True)) == 3
    expired_ones = Filter(validity=(Validity.EXPIRED, now))
    [listed], _ = await services.memories.page(expired_ones, before=None, limit=5)
    assert listed.id == expired.id


async def test_a_memory_replaces_others_when_it_begins_to_hold(
    services: Services, store: Store
) -> None:
    now = services.memories.clock.now()
    old = await store(OLD)
    new = await store(replace(NEW, times=Times(valid_from=now + DAY_MS)), old.id)
    assert await found(services) == [old.id]

    def begin(at: int) -> Callable[[Content], Content]:
        return lambda content: replace(content, times=Times(valid_from=at))

    await services.memories.update(new.id, begin(now - DAY_MS), actor=ACTOR)
    assert await found(services) == [new.id]
    assert await supersession(services, old) == Supersession(new.id, now - DAY_MS)


async def test_a_question_about_the_past_finds_what_held_then(
    services: Services, store: Store
) -> None:
    def at(day: str) -> Filter:
        return Filter(validity=(Validity.HELD, from_iso(day)))

    old = await store(replace(OLD, times=Times(valid_from=from_iso("2026-01-01"))))
    new = await store(replace(NEW, times=Times(valid_from=from_iso("2026-03-01"))), old.id)
    late = await store(OTHER)

    assert await found(services, filter=at("2025-12-31")) == []
    assert await found(services, filter=at("2026-02-01")) == [old.id]
    assert await found(services, filter=at("2026-04-01")) == [new.id]
    assert set(await found(services)) == {new.id, late.id}


async def test_those_to_review_are_listed_when_their_time_has_come(
    services: Services, store: Store
) -> None:
    now = services.memories.clock.now()
    due = await store(replace(OLD, times=Times(review_at=now)))
    await store(replace(NEW, times=Times(review_at=now + 1_000_000)))
    await store(OTHER)

    to_review = Filter(validity=(Validity.REVIEW, now))
    [listed], _ = await services.memories.page(to_review, before=None, limit=5)
    assert listed.id == due.id


async def test_times_are_content_with_versions_and_differences(
    services: Services, store: Store
) -> None:
    memory = await store(replace(OLD, times=Times(happened_at=from_iso("2026-03-02T10:00Z"))))
    edit = partial(replace, times=Times(valid_until=from_iso("2026-04-01")))
    changed = await services.memories.update(memory.id, edit, actor=ACTOR)
    diff = await services.history.diff(memory.id, 1, 2)
    reverted = await services.memories.revert(memory.id, 1, actor=ACTOR)

    assert changed.version == 2
    assert [(each.field, each.old, each.new) for each in diff.changes] == [
        ("validUntil", None, "2026-04-01T00:00:00.000Z"),
        ("happenedAt", "2026-03-02T10:00:00.000Z", None),
    ]
    assert reverted.memory.content == memory.content


async def test_exports_and_imports_keep_both(
    services: Services, store: Store, tmp_path: Path
) -> None:
    times = Times(1, 2_000_000_000_000, 3, 4)
    old = await store(replace(OLD, times=times))
    new = await store(NEW, old.id)
    before = await exported(services)
    (tmp_path / "export.jsonl").write_bytes(before)

    other = Settings(data_dir=tmp_path / "other", worker=False)
    async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as opened:
        _, refusals = await imported(
            opened.services, memorizer_export.read(tmp_path / "export.jsonl", NOW)
        )
        copied = await opened.services.memories.get(old.id)
        assert await exported(opened.services) == before
        assert await found(opened.services) == [new.id]

    assert refusals == []
    assert copied.content.times == times
    assert copied.supersession == await supersession(services, old)


async def test_notes_keep_both(services: Services, store: Store, tmp_path: Path) -> None:
    times = Times(1, 2_000_000_000_000, 3, 4)
    old = await store(replace(OLD, times=times))
    new = await store(NEW, old.id)
    await services.export.write(markdown.MarkdownSink(markdown.into_folder(tmp_path / "notes")))

    other = Settings(data_dir=tmp_path / "other", worker=False)
    async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as opened:
        readings = markdown_notes.read(tmp_path / "notes", NOW)
        _, refusals = await imported(opened.services, readings)
        copied = await opened.services.memories.get(old.id)

    assert refusals == []
    assert copied.content.times == times
    assert copied.supersession == Supersession(new.id, NOW)
