"""Full text in a large store on PostgreSQL: the query depends on document frequencies."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from memorizer.adapters.postgres import full_text, term_statistics
from memorizer.adapters.postgres.connection import Executor
from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.adapters.system_clock import SystemClock
from memorizer.domain.memories import Content, Filter
from memorizer.domain.text_analysis import terms
from memorizer.services.history import ChangeRecorder

MEMORIES = 150
LIMIT = 10
WAYS = {"FROM (SELECT * FROM memory_words": "back in time", "JOIN visible_memories m ON": "all"}


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred and fifty memories count as many."""
    monkeypatch.setattr(term_statistics, "LARGE_STORE_MEMORIES", 50)
    monkeypatch.setattr(full_text, "SMALL_STORE_MEMORIES", 50)
    monkeypatch.setattr(full_text, "BACKWARD_SCAN_MIN_MATCHES", 40)
    monkeypatch.setattr(full_text, "BACKWARD_SCAN_WANTED_MATCHES", 30)
    monkeypatch.setattr(full_text, "BACKWARD_SCAN_MAX_MEMORIES", 100)


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    """Every memory is about a garden, every tenth about tea too, the first about a whale."""
    database = PostgresDatabase(postgres_url, SystemClock(), connections=3)
    await database.write(store)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    yield database
    database.close()


def store(tx: PostgresTransaction) -> None:
    history = ChangeRecorder(SystemClock())
    for number in range(MEMORIES):
        words = ["garden", f"number{number}"]
        words += ["tea"] * (number % 10 == 0) + ["whale"] * (number == 0)
        history.create(tx, Content(" ".join(words)), actor="test")


async def found(database: PostgresDatabase, query: str, filter_: Filter | None = None) -> list[str]:
    def work(tx: PostgresTransaction) -> list[str]:
        hits = tx.full_text.search(terms(query), filter_ or Filter(), limit=LIMIT)
        return [m.content.text for m in tx.memories.get_many([hit.memory_id for hit in hits])]

    return await database.read(work)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How matches were looked up, in order."""
    taken: list[str] = []
    execute = Executor.__call__

    def noting(self: Executor, sql: str, values: tuple[object, ...] = ()) -> object:
        if "AS MATERIALIZED" in sql:
            matching = sql.split("ORDER BY w.memory_seq", maxsplit=1)[0]
            taken.append(next((way for sign, way in WAYS.items() if sign in matching), "index"))
        return execute(self, sql, values)

    monkeypatch.setattr(Executor, "__call__", noting)
    return taken


async def test_the_newest_of_a_frequent_word_are_met_on_the_way_back_in_time(
    database: PostgresDatabase, ways: list[str]
) -> None:
    newest = [f"garden number{number}" for number in range(MEMORIES - 30, MEMORIES)]
    texts = await found(database, "garden")
    assert len(texts) == LIMIT
    assert {text.removesuffix(" tea") for text in texts} <= set(newest)
    assert ways == ["back in time"]


async def test_a_rare_word_is_looked_up_in_the_index_and_once_only(
    database: PostgresDatabase, ways: list[str]
) -> None:
    assert await found(database, "whale") == ["garden number0 tea whale"]
    assert ways == ["index"]


async def test_frequent_words_that_seldom_meet_are_looked_up_after_all(
    database: PostgresDatabase, ways: list[str]
) -> None:
    """Nine tenths of the way back there is nothing: the index finds what lies behind."""
    texts = await found(database, "garden tea")
    assert len(texts) == LIMIT
    assert all("tea" in text for text in texts)
    assert set(ways) <= {"back in time", "index"}


async def test_a_filter_is_kept_however_frequent_the_word_is(database: PostgresDatabase) -> None:
    assert await found(database, "garden", Filter(types=("other",))) == []


async def test_what_is_hidden_does_not_crowd_out_the_rest(database: PostgresDatabase) -> None:
    def archive_newest(tx: PostgresTransaction) -> None:
        for memory in tx.memories.page(Filter(), before=None, limit=MEMORIES - LIMIT):
            tx.memories.set_archived(memory.id, 1)

    await database.write(archive_newest)
    assert len(await found(database, "garden")) == LIMIT
