"""However long a memory's past is, an answer holds a page of it."""

from dataclasses import replace
from functools import partial

import httpx
import pytest

from memorizer.domain.memories import Content, Memory
from memorizer.ports.transactions import Transaction
from memorizer.services import Services
from memorizer.services.history import MAX_CHARACTERS
from support.memorizer import Memorizer
from support.rows import rows

ACTOR = "test"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def edited(services: Services, *texts: str) -> Memory:
    first, *later = texts
    stored = await services.memories.create(Content(first, title="A"), actor=ACTOR)
    memory = stored.memory
    for text in later:
        change = partial(replace, text=text)
        memory = await services.memories.update(memory.id, change, actor=ACTOR)
    return memory


async def all_pages(
    client: httpx.AsyncClient, path: str, name: str, limit: int
) -> list[list[dict[str, object]]]:
    """The pages of a list, as whoever follows `nextCursor` reads them."""
    pages: list[list[dict[str, object]]] = []
    params: dict[str, str | int] = {"limit": limit}
    while True:
        reply = await client.get(path, params=params)
        assert reply.status_code == 200, reply.text
        page = reply.json()
        assert page["count"] == len(page[name]) <= limit
        pages.append(page[name])
        if "nextCursor" not in page:
            return pages
        params["cursor"] = page["nextCursor"]


async def test_versions_and_events_come_in_pages(
    client: httpx.AsyncClient, services: Services
) -> None:
    memory = await edited(services, *map(str, range(1, 6)))
    path = f"/api/memories/{memory.id}"

    versions = await all_pages(client, f"{path}/versions", "versions", 2)
    events = await all_pages(client, f"{path}/events", "events", 2)

    assert [[each["version"] for each in page] for page in versions] == [[5, 4], [3, 2], [1]]
    assert [[each["version"] for each in page] for page in events] == [[5, 4], [3, 2], [1]]
    whole = (await client.get(f"{path}/versions")).json()
    assert (whole["count"], "nextCursor" in whole) == (5, False)


async def test_long_versions_come_in_smaller_pages(
    client: httpx.AsyncClient, services: Services
) -> None:
    half = "x" * (MAX_CHARACTERS // 2 - 10)
    memory = await edited(services, *(f"{half}{n}" for n in range(5)))

    pages = await all_pages(client, f"/api/memories/{memory.id}/versions", "versions", 100)

    assert [[each["version"] for each in page] for page in pages] == [[5, 4], [3, 2], [1]]


async def test_a_version_that_is_longer_than_a_page_comes_alone(memorizer: Memorizer) -> None:
    memory = await edited(memorizer.services, "one", "two", "three")

    def work(tx: Transaction) -> list[int]:
        found = tx.versions.list_for(memory.id, before=3, limit=9, most_characters=1)
        return [each.version for each in found]

    assert await memorizer.container.adapters.database.read(work) == [2]


async def test_relationships_come_in_pages(client: httpx.AsyncClient, services: Services) -> None:
    tea = await edited(services, "Tea.")
    for number in range(5):
        other = await edited(services, f"Cup {number}.")
        ends = (tea.id, other.id) if number % 2 else (other.id, tea.id)
        await services.relationships.add(*ends, "goes-with", actor=ACTOR)

    pages = await all_pages(client, f"/api/memories/{tea.id}/relationships", "relationships", 2)

    assert [len(page) for page in pages] == [2, 2, 1]
    ids = [str(each["id"]) for page in pages for each in page]
    assert ids == sorted(set(ids), reverse=True)
    assert await services.relationships.count(tea.id) == 5
    assert (await services.statistics.totals()).relationships == 5


async def test_the_newest_changes_are_told_with_who_made_them(services: Services) -> None:
    memory = await edited(services, "one", "two", "three")
    await services.memories.archive(memory.id, actor="anna")

    changes = await services.history.changes(memory.id, limit=2)

    assert [version.version for version, _ in changes] == [3, 2]
    assert [made.type for _, made in changes if made] == ["content_updated"] * 2


async def test_a_page_that_begins_nowhere_is_empty(
    client: httpx.AsyncClient, services: Services
) -> None:
    memory = await edited(services, "one")
    other = await edited(services, "two")
    [event] = await services.history.events(other.id)
    for name, cursor in (("events", event.id), ("versions", 1), ("relationships", event.id)):
        reply = await client.get(f"/api/memories/{memory.id}/{name}", params={"cursor": cursor})
        assert reply.json() == {name: [], "count": 0}


async def test_an_import_knows_versions_without_reading_them_all(memorizer: Memorizer) -> None:
    memory = await edited(memorizer.services, "one", "two")

    def work(tx: Transaction) -> list[bool]:
        contents = [replace(memory.content, text=text) for text in ("one", "two", "three")]
        contents.append(replace(memory.content, tags=("x",)))
        return [tx.versions.has(memory.id, content) for content in contents]

    found = await memorizer.container.adapters.database.read(work)

    assert found == [True, True, False, False]
    assert len(rows(memorizer.settings, "SELECT 1 FROM memory_versions")) == 2
