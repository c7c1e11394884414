"""`memorizer copy`: a whole store goes to PostgreSQL and back, and nothing is missing."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from memorizer.adapters.sql.database_copy import COPIED_TABLES
from memorizer.adapters.sqlite.migration import migrate
from memorizer.bootstrap import Container, open_services, running
from memorizer.bootstrap.maintenance import open_copy
from memorizer.domain.auth import Scope
from memorizer.domain.database_copy import Table
from memorizer.domain.embeddings import ModelState
from memorizer.domain.errors import Conflict, Misconfigured
from memorizer.domain.jobs import REEMBED_BATCH, JobFailure, NewJob, Queue
from memorizer.domain.memories import Content, EmbeddingStatus, Filter
from memorizer.domain.search import Query
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.transactions import Database, Transaction
from memorizer.services import Services
from memorizer.services.database_copy import PAGE, Checked, DatabaseCopier
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.moving import exported
from support.titles import FirstWords
from support.waiting import wait_until

TEA = Content("Green tea wants water of 80 degrees.", title="Green tea", tags=("Tea", "kitchen"))
HOSTILE = Content("“Ünïcode” \u2028 \x01 😀 % ? $1", title="'; DROP TABLE", tags=("größe",))


@pytest.fixture
def sqlite(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings with a database file of this name."""
    return lambda name: Settings(data_dir=tmp_path / name)


@pytest.fixture
def postgres(tmp_path: Path, postgres_url: str) -> Settings:
    """Settings with an empty PostgreSQL database."""
    return Settings(data_dir=tmp_path / "models", database_url=SecretStr(postgres_url))


@pytest.fixture
async def lived(sqlite: Callable[[str], Settings]) -> Settings:
    """A store that has some of everything, and that nobody uses any more."""
    settings = sqlite("lived")
    opened = open_services(settings, embedder=WordEmbedder(), writer=FirstWords())
    async with opened as container:
        await _live(container.services)
        await _leave_half_done(container)
    return settings


async def test_everything_arrives_in_postgresql_and_is_at_work_there(
    lived: Settings, postgres: Settings
) -> None:
    checked = await _copy(lived, postgres)

    rows = {one.table: one.rows for one in checked}
    assert rows[Table.MEMORIES] == 5
    assert rows[Table.VERSIONS] == 6
    assert rows[Table.TOKENS] == rows[Table.REPLIES] == rows[Table.PAUSES] == 1
    assert rows[Table.WORKSPACES] == rows[Table.WORKSPACE_EVENTS] == rows[Table.GRANTS] == 1
    assert rows[Table.MODELS] == 2
    assert rows[Table.JOBS] == 3
    assert rows[Table.PARTS] == rows[Table.SLICES] == rows[Table.FAILURES] == 1
    assert rows[Table.VECTORS] == 3  # of the deleted and the long one there are none
    async with _services(lived) as before, _services(postgres) as after:
        assert await exported(after) == await exported(before)
        [hit] = (await after.search.search(Query("degrees", limit=1))).hits
        assert hit.memory.content.title == TEA.title
        assert hit.memory.embedding_status is EmbeddingStatus.READY


async def test_a_token_is_bound_in_the_copy_too(lived: Settings, postgres: Settings) -> None:
    await _copy(lived, postgres)
    async with _services(postgres) as services:
        [token] = await services.auth.tokens()
        assert token.grants is not None
        scope = WorkspaceScope(frozenset(grant.workspace_id for grant in token.grants))
        page, _ = await services.within(scope).memories.page(Filter(), before=None, limit=9)
        assert [memory.content for memory in page] == [HOSTILE]


async def test_and_back_it_is_the_same_again(
    lived: Settings, postgres: Settings, sqlite: Callable[[str], Settings]
) -> None:
    there = await _copy(lived, postgres)
    back = await _copy(postgres, sqlite("back"))
    assert back == there


async def test_jobs_that_had_not_ended_are_done_in_the_copy(
    lived: Settings, postgres: Settings
) -> None:
    await _copy(lived, postgres)
    opened = open_services(postgres, embedder=WordEmbedder(), writer=FirstWords())
    async with opened as container, running(container.worker):
        services = container.services
        await services.jobs.pause(Queue.TITLES, paused=False)

        async def has_title() -> bool:
            found = (await services.search.search(Query("untitled"))).hits
            return any(hit.memory.content.title == "Something untitled" for hit in found)

        await wait_until(has_title, description="the copied title job was done")


async def test_what_was_deleted_stays_deleted_with_its_history(
    lived: Settings, postgres: Settings
) -> None:
    await _copy(lived, postgres)
    async with _services(postgres) as services:
        assert (await services.statistics.totals()).memories == 4
        hits = (await services.search.search(Query("Forgotten"))).hits
        assert "Forgotten" not in {hit.memory.content.title for hit in hits}


async def test_an_interrupted_copy_is_finished_by_the_next_one(
    lived: Settings, postgres: Settings
) -> None:
    for failing in (1, 3, 8):
        async with open_copy(lived, postgres) as copy:
            with pytest.raises(ConnectionError):
                await DatabaseCopier(copy.source, _Failing(copy.target, failing)).run()
    checked = await _copy(lived, postgres)
    assert len(checked) == len(Table)


async def test_a_target_with_memories_of_its_own_is_left_alone(
    lived: Settings, postgres: Settings
) -> None:
    async with _services(postgres) as services:
        await services.memories.create(TEA, actor="test")
        before = await exported(services)
        with pytest.raises(Conflict, match="memories of its own"):
            await _copy(lived, postgres)
        assert await exported(services) == before


async def test_more_than_a_page_of_memories(
    sqlite: Callable[[str], Settings], postgres: Settings
) -> None:
    many = sqlite("many")
    async with _services(many) as services:
        for number in range(PAGE + 10):
            await services.memories.create(Content(f"No. {number}", title="x"), actor="test")
    rows = {one.table: one.rows for one in await _copy(many, postgres)}
    assert rows[Table.MEMORIES] == rows[Table.VECTORS] == rows[Table.EVENTS] == PAGE + 10


def test_no_table_and_no_column_is_forgotten(tmp_path: Path) -> None:
    """Whoever adds one decides here whether a copy has it."""
    made_anew = {"memory_tags", "embeddings", "embedding_models", "job_counts", "queue_home"}
    made_anew |= {"vector_indexes", "vector_lists"}
    made_anew |= {"outdated_words"}  # a copy has its words from today's analysis
    made_anew |= {"store"}  # a copy is another store, and tries again what failed to be embedded
    left = {"sessions", "oauth_codes", "shown_memories"}  # they last a minute or a few days
    left |= {"workers", "dispatches", "backups", "jobs"}  # jobs: those that ended
    left |= {"recalls", "recalled_memories", "recall_counts", "recall_log"}  # a log begins anew
    migrate(tmp_path / "memorizer.db")
    with sqlite3.connect(tmp_path / "memorizer.db") as connection:
        tables = {
            name: {column for _, column, *_ in connection.execute(f"PRAGMA table_info({name})")}
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith(("sqlite_", "memory_words", "schema_"))
        }
    copied = {plain.name: {*plain.columns, *plain.key} for plain in COPIED_TABLES.values()}
    assert tables.keys() - made_anew - left <= copied.keys()
    missing = {name: tables[name] - columns for name, columns in copied.items() if name in tables}
    assert {name: columns for name, columns in missing.items() if columns} == {
        "memories": {"seq", "embedding_attempts", "embed_after"}
    }


async def test_nothing_to_copy_and_nowhere_to_copy_to_are_said(
    lived: Settings, sqlite: Callable[[str], Settings]
) -> None:
    with pytest.raises(Misconfigured, match="There is no database"):
        await _copy(sqlite("none"), lived)
    with pytest.raises(Misconfigured, match="the same database"):
        await _copy(lived, lived)


class _Failing:
    """A target that goes away at a write."""

    def __init__(self, target: Database, failing: int) -> None:
        self._target = target
        self._left = failing

    async def read(self, work: Callable[[Transaction], Any]) -> Any:
        return await self._target.read(work)

    async def read_long(self, work: Callable[[Transaction], Any]) -> Any:
        return await self._target.read_long(work)

    async def read_each(self, works: Sequence[Callable[[Transaction], Any]]) -> list[Any]:
        return await self._target.read_each(works)

    async def write(self, work: Callable[[Transaction], Any]) -> Any:
        self._left -= 1
        if not self._left:
            raise ConnectionError("the cable was pulled out")
        return await self._target.write(work)

    async def insert(self, work: Callable[[Transaction], Any]) -> Any:
        return await self.write(work)

    async def size(self) -> int:
        return await self._target.size()

    async def caveat(self) -> str | None:
        return await self._target.caveat()

    def within(self, scope: WorkspaceScope) -> Database:
        return self._target.within(scope)


async def _live(services: Services) -> None:
    """Edits, an archived memory, a deleted one, one without a title, a link, a token, a pause."""
    tea = (await services.memories.create(TEA, actor="a", idempotency_key="k")).memory.id
    await services.workspaces.create("Acme", actor="a")
    hostile = (await services.memories.create(HOSTILE, actor="a", workspace="acme")).memory.id
    forgotten = Content("Forgotten.", title="Forgotten", tags=("gone",))
    deleted = (await services.memories.create(forgotten, actor="a")).memory.id
    await services.memories.create(Content("Something untitled"), actor="a")
    long = Content("word " * 5_000, title="Long")
    await services.memories.archive(
        (await services.memories.create(long, actor="a")).memory.id, actor="a"
    )
    await services.memories.update(tea, lambda c: replace(c, text=f"{c.text} Not more."), actor="a")
    await services.relationships.add(tea, hostile, "goes with", actor="a", score=0.25)
    await services.relationships.add(tea, deleted, "came after", actor="a")
    await services.memories.delete(deleted, actor="a")
    grants = await services.workspaces.grants([("acme", Scope.READ)])
    await services.auth.create("laptop", Scope.WRITE, grants=grants)
    await services.jobs.pause(Queue.TITLES, paused=True)


async def _leave_half_done(container: Container) -> None:
    """A job that embeds everything again, in the middle."""
    job_id = await container.services.jobs.reembed()
    failure = JobFailure("some memory", "it was too long", 5)
    part = NewJob("part", Queue.SLICES, REEMBED_BATCH, {"jobId": job_id}, parent_id=job_id)

    def work(tx: Transaction) -> None:
        tx.models.add("next", 64, ModelState.BUILDING, job_id=job_id, spec="bundled")
        [one] = tx.batches.add(job_id, [["a", "b", "c"]])
        tx.batches.advance(one, done=1, failures=[failure])
        tx.jobs.enqueue([part])

    await container.adapters.database.write(work)


@asynccontextmanager
async def _services(settings: Settings) -> AsyncIterator[Services]:
    opened = open_services(settings, embedder=WordEmbedder(), writer=FirstWords())
    async with opened as container:
        yield container.services


async def _copy(source: Settings, target: Settings) -> list[Checked]:
    async with open_copy(source, target) as copy:
        return await copy.run()
