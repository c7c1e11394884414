"""Several reads at once: side by side on PostgreSQL, one after the other on SQLite."""

from functools import partial

import pytest

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Content, Memory
from memorizer.ports.transactions import Transaction
from memorizer.services import Services


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    """Both behave the same."""
    return str(request.param)


def get(tx: Transaction, *, memory_id: str) -> Memory:
    return tx.memories.get(memory_id)


async def test_answers_come_in_the_order_of_the_questions(services: Services) -> None:
    contents = [Content(f"Memory {number}") for number in range(8)]
    ids = [(await services.memories.create(c, actor="test")).memory.id for c in contents]
    works = [partial(get, memory_id=each) for each in reversed(ids)]
    found = await services.search.database.read_each(works)
    assert [memory.content for memory in found] == contents[::-1]


async def test_one_that_fails_fails_all(services: Services) -> None:
    stored = await services.memories.create(Content("A memory"), actor="test")
    works = [partial(get, memory_id=each) for each in (stored.memory.id, "no-such-memory")]
    with pytest.raises(NotFound):
        await services.search.database.read_each(works)
    assert await services.memories.get(stored.memory.id) == stored.memory
