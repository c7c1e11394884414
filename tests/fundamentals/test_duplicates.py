"""Duplicates: the same text twice is told, the nearly same is listed; nothing is merged."""

from dataclasses import replace

import pytest

from memorizer.domain.memories import Content, Filter
from memorizer.services import Services
from memorizer.services.duplicates import MAX_EXAMINED
from support.memorizer import Memorizer
from support.rows import rows

ACTOR = "test"
TEA = Content("Green tea wants water of 80 degrees.", title="Green tea")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(services: Services, text: str) -> str:
    content = Content(text, title="A title")
    return (await services.memories.create(content, actor=ACTOR)).memory.id


async def test_the_first_of_its_text_is_no_duplicate(services: Services) -> None:
    assert (await services.memories.create(TEA, actor=ACTOR)).duplicate_of is None


async def test_the_same_text_again_is_stored_and_names_the_oldest(services: Services) -> None:
    first = (await services.memories.create(TEA, actor=ACTOR)).memory
    second = await services.memories.create(replace(TEA, title="Other"), actor=ACTOR)
    third = await services.memories.create(TEA, actor=ACTOR)

    assert (second.duplicate_of, third.duplicate_of) == (first.id, first.id)
    page, _ = await services.memories.page(Filter(), before=None, limit=10)
    assert len(page) == 3


async def test_a_single_other_character_makes_another_text(services: Services) -> None:
    await services.memories.create(TEA, actor=ACTOR)
    other = await services.memories.create(replace(TEA, text=f"{TEA.text} "), actor=ACTOR)
    assert other.duplicate_of is None


async def test_the_same_text_with_other_line_ends_is_the_same_text(services: Services) -> None:
    first = await services.memories.create(replace(TEA, text="Tea.\r\nCup."), actor=ACTOR)
    for text in ("Tea.\nCup.", "Tea.\rCup.", "Tea.\r\nCup."):
        again = await services.memories.create(replace(TEA, text=text), actor=ACTOR)
        assert again.duplicate_of == first.memory.id
    other = await services.memories.create(replace(TEA, text="Tea.\n\nCup."), actor=ACTOR)
    assert other.duplicate_of is None


async def test_deleted_and_archived_memories_have_no_duplicates(services: Services) -> None:
    first = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.delete(first.id, actor=ACTOR)
    second = await services.memories.create(TEA, actor=ACTOR)
    await services.memories.archive(second.memory.id, actor=ACTOR)

    third = await services.memories.create(TEA, actor=ACTOR)

    assert (second.duplicate_of, third.duplicate_of) == (None, None)


async def test_an_edited_memory_is_known_by_its_present_text(services: Services) -> None:
    memory = (await services.memories.create(TEA, actor=ACTOR)).memory
    await services.memories.update(memory.id, lambda c: replace(c, text="New."), actor=ACTOR)

    assert (await services.memories.create(TEA, actor=ACTOR)).duplicate_of is None
    new = replace(TEA, text="New.")
    assert (await services.memories.create(new, actor=ACTOR)).duplicate_of == memory.id


async def test_a_repeated_request_hears_the_same_as_the_first_time(services: Services) -> None:
    first = (await services.memories.create(TEA, actor=ACTOR)).memory
    once = await services.memories.create(TEA, actor=ACTOR, idempotency_key="k")
    await services.memories.delete(first.id, actor=ACTOR)

    again = await services.memories.create(TEA, actor=ACTOR, idempotency_key="k")

    assert again.repeated
    assert again.duplicate_of == once.duplicate_of == first.id


async def test_both_databases_reckon_the_digest_of_a_text_alike(memorizer: Memorizer) -> None:
    """PostgreSQL fills in those of old memories itself, where SQLite asks Python."""
    text = "Grüner Tee \U0001f375"
    await store(memorizer.services, text)

    [(digest,)] = rows(memorizer.settings, "SELECT text_digest FROM memories")

    assert digest == "a137b402b4df14dd392d9be8dabf5501"
    if memorizer.settings.database_url is not None:
        sql = "SELECT left(encode(sha256(convert_to(text, 'UTF8')), 'hex'), 32) FROM memories"
        assert rows(memorizer.settings, sql) == [(digest,)]


async def test_nearly_the_same_texts_are_listed_as_a_pair_once(services: Services) -> None:
    older = await store(services, "The red kettle boils water in two minutes flat.")
    newer = await store(services, "The red kettle boils water in two minutes.")
    await store(services, "Bees dance to tell where flowers are.")

    found = await services.duplicates.find_pairs(0.9, before=None, limit=10)

    [pair] = found.pairs
    assert (pair.memory.id, pair.older.id) == (newer, older)
    assert 0.9 <= pair.similarity < 1
    assert (found.examined, found.cursor) == (3, None)


async def test_the_same_text_under_other_titles_is_listed_too(services: Services) -> None:
    older = (await services.memories.create(replace(TEA, title="One"), actor=ACTOR)).memory
    newer = (await services.memories.create(replace(TEA, title="Of three"), actor=ACTOR)).memory

    [pair] = (await services.duplicates.find_pairs(0.99, before=None, limit=10)).pairs

    assert (pair.memory.id, pair.older.id, pair.similarity) == (newer.id, older.id, 1.0)


async def test_a_part_of_a_long_text_is_no_duplicate_of_it(services: Services) -> None:
    await store(services, "Kettle red water. " * 10)
    await store(services, "Kettle red water.")
    assert (await services.duplicates.find_pairs(0.9, before=None, limit=10)).pairs == []


async def test_pages_of_pairs_go_through_all_memories(services: Services) -> None:
    for number in range(MAX_EXAMINED + 5):
        await store(services, f"unlike{number} different{number * 7}")
    oldest = await store(services, "Sugar is sweet.")
    newest = await store(services, "Sugar is sweet.")

    first = await services.duplicates.find_pairs(0.99, before=None, limit=1)
    pairs, cursor, examined = list(first.pairs), first.cursor, first.examined
    while cursor is not None:
        page = await services.duplicates.find_pairs(0.99, before=cursor, limit=1)
        pairs, cursor, examined = pairs + page.pairs, page.cursor, examined + page.examined

    assert [(pair.memory.id, pair.older.id) for pair in pairs] == [(newest, oldest)]
    assert examined == MAX_EXAMINED + 7
