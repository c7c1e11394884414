"""Tags and types are found and counted whatever their case and composition."""

import pytest

from memorizer.domain.memories import Content, Filter
from memorizer.domain.search import Query
from memorizer.services import Services

ACTOR = "test"
COMPOSED, DECOMPOSED = "Ärger", "a\u0308rger"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(services: Services, *tags: str, type_: str = "note") -> str:
    text = f"A note: {type_} {tags}."  # of equal texts, a search shows one
    content = Content(text, title="A title", tags=tags, type=type_)
    return (await services.memories.create(content, actor=ACTOR)).memory.id


async def listed(services: Services, filter_: Filter) -> set[str]:
    page, _ = await services.memories.page(filter_, before=None, limit=10)
    return {memory.id for memory in page}


async def test_lists_and_searches_find_every_spelling_of_a_tag(services: Services) -> None:
    both = {await store(services, COMPOSED), await store(services, DECOMPOSED)}
    await store(services, "Arger")

    for tag in (COMPOSED, DECOMPOSED, "ÄRGER", "ärger"):
        wanted = Filter(tags=(tag,))
        assert await listed(services, wanted) == both
        answer = await services.search.search(Query("note", filter=wanted))
        assert {hit.memory.id for hit in answer.hits} == both


async def test_lists_and_searches_find_every_spelling_of_a_type(services: Services) -> None:
    both = {await store(services, type_="Größe"), await store(services, type_="GRÖSSE")}
    await store(services)

    for type_ in ("größe", "Gro\u0308ße", "GRÖSSE"):
        wanted = Filter(types=(type_, "other"))
        assert await listed(services, wanted) == both
        answer = await services.search.search(Query("note", filter=wanted))
        assert {hit.memory.id for hit in answer.hits} == both


async def test_spellings_count_together(services: Services) -> None:
    for tag, type_ in ((COMPOSED, "Größe"), (DECOMPOSED, "Größe"), ("ÄRGER", "größe")):
        await store(services, tag, "x", type_=type_)

    [(tag, of_tag), (_, of_x)] = sorted(await services.statistics.tags())
    assert (tag in {COMPOSED, DECOMPOSED, "ÄRGER"}, of_tag, of_x) == (True, 3, 3)
    assert await services.statistics.types() == [("Größe", 3)]


async def test_a_changed_type_is_found_by_its_new_name_only(services: Services) -> None:
    id_ = await store(services, type_="Größe")
    change = Content("A note.", title="A title", type="Änderung")
    await services.memories.update(id_, lambda _: change, actor=ACTOR)

    assert await listed(services, Filter(types=("größe",))) == set()
    assert await listed(services, Filter(types=("änderung",))) == {id_}
