"""Every schema that was ever there is brought up to date with all that is in it."""

import gzip
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from memorizer.bootstrap import running
from memorizer.domain.errors import NotFound
from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.memories import EmbeddingStatus, Filter
from memorizer.domain.search import Leg, Query
from memorizer.services import Services
from memorizer.settings import Settings
from support import old_schemas
from support.harness import Harness, open_harness
from support.old_schemas import (
    FIRST,
    GONE,
    NOW,
    OLD_TEXT,
    OTHER_TEXT,
    POSTGRES,
    SECOND,
    SQLITE,
    TEXT,
    TITLE,
)
from support.postgres_server import PostgresServer
from support.waiting import wait_until


def test_each_earlier_schema_has_a_file() -> None:
    """`PYTHONPATH=tests python -m support.old_schemas` makes the missing one."""
    assert [n for n in old_schemas.earlier(SQLITE) if not old_schemas.fixture(n).exists()] == []


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Harness]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(open_harness(settings))


@pytest.mark.parametrize("number", old_schemas.earlier(SQLITE))
async def test_a_file_is_brought_up_to_date_with_all_that_is_in_it(
    tmp_path: Path, number: int
) -> None:
    settings = Settings(data_dir=tmp_path)
    _unpack(number, settings.database_file)
    before = _dump(settings.database_file)
    async with opened(settings) as harness:
        await _assert_nothing_is_filed(harness.services)
        await _assert_all_is_there(harness.services, with_tokens=number >= 7)
        await _assert_words_and_meaning_are_found(harness.services)
        if number < 15:
            await _assert_words_are_renewed(harness)
        await _assert_work_goes_on(harness)
    backup = settings.database_file.with_name(f"memorizer-before-schema-{number + 1}.db")
    assert backup in _files(tmp_path)
    assert _dump(backup) == before  # the way back to the release before


@pytest.mark.parametrize("number", old_schemas.earlier(POSTGRES))
async def test_a_database_of_postgresql_is_brought_up_to_date_with_all_that_is_in_it(
    tmp_path: Path, number: int, postgres: PostgresServer
) -> None:
    with postgres.database(empty=True) as url:
        old_schemas.write_postgres(url, number)
        async with opened(
            Settings.model_validate({"data_dir": tmp_path, "database_url": url})
        ) as s:
            await _assert_nothing_is_filed(s.services)
            await _assert_all_is_there(s.services, with_tokens=number >= 2)
            if number < 12:
                await _assert_words_are_renewed(s)


def _unpack(number: int, path: Path) -> None:
    path.write_bytes(gzip.decompress(old_schemas.fixture(number).read_bytes()))


def _dump(file: Path) -> dict[str, list[Any]]:
    """The rows of all tables, and what the schema is."""
    with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        schema = list(connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"))
        plain = [
            str(name) for type_, name, sql in schema if type_ == "table" and " VIRTUAL " not in sql
        ]
        rows = {name: list(connection.execute(f"SELECT * FROM {name}")) for name in plain}  # noqa: S608
        return {**rows, "": schema}


async def _assert_nothing_is_filed(services: Services) -> None:
    """What was there before workspaces is unfiled, and hidden from nobody who is not bound."""
    assert await services.workspaces.tree() == []
    every, _ = await services.memories.page(Filter(archived=None), before=None, limit=50)
    unfiled = await services.narrowed("unfiled")
    page, _ = await unfiled.memories.page(Filter(archived=None), before=None, limit=50)
    assert page == every != []


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def _assert_all_is_there(services: Services, *, with_tokens: bool) -> None:
    first = await services.memories.get(FIRST)
    assert (first.content.text, first.content.title, first.version) == (TEXT, TITLE, 2)
    assert (first.content.tags, first.content.confidence) == (("plants", "Ümläute"), 0.5)
    assert (first.created_at, first.updated_at) == (NOW, NOW + 1)
    second = await services.memories.get(SECOND)
    assert (second.content.text, second.archived_at) == (OTHER_TEXT, NOW + 2)
    assert second.embedding_status is EmbeddingStatus.PENDING
    versions = await services.history.versions(FIRST)
    assert [version.content.text for version in versions] == [TEXT, OLD_TEXT]
    assert [event.id for event in await services.history.events(FIRST)] == ["event-2", "event-1"]
    [link] = await services.relationships.list(SECOND)
    assert (link.from_id, link.type, link.score) == (FIRST, "explains", 0.5)
    with pytest.raises(NotFound):
        await services.memories.get(GONE)
    deleted, _ = await services.trash.page(before=None, limit=10)
    assert [each.memory.id for each in deleted] == [GONE]
    failed = await services.jobs.get("job-2")
    assert (failed.state, failed.error) == (JobState.FAILED, "one item failed")
    [failure] = await services.jobs.failures("job-2")
    assert (failure.item_id, failure.error) == (FIRST, "The embedder was down.")
    paused = {counts.queue: counts.paused for counts in await services.jobs.counts()}
    assert paused == {Queue.TITLES: False, Queue.EMBEDDINGS: True, Queue.DOCUMENTS: False}
    labelled = Filter(types=("NOTE",), tags=("ÜMLÄUTE", "Plants"))
    assert [m.id for m in (await services.memories.page(labelled, before=None, limit=9))[0]] == [
        FIRST
    ]
    names = [token.name for token in await services.auth.tokens()]
    assert names == (["laptop"] if with_tokens else [])


async def _assert_words_and_meaning_are_found(services: Services) -> None:
    for text in ("brauchen wasser", "シダ", "Ümläute"):
        answer = await services.search.search(Query(text))
        assert [hit.memory.id for hit in answer.hits] == [FIRST]
        assert {each.leg for each in answer.hits[0].legs} >= {Leg.FULL_TEXT, Leg.CONTENT}


async def _assert_words_are_renewed(harness: Harness) -> None:
    """Once, and then never again; PostgreSQL's have no words at first."""
    assert await harness.maintenance.renew_words() == 2
    assert await harness.maintenance.renew_words() == 0
    assert not await harness.database.read(lambda tx: tx.full_text.has_outdated())
    [hit] = (await harness.services.search.search(Query("シダに水"))).hits
    assert (hit.memory.id, hit.legs[0].leg) == (FIRST, Leg.FULL_TEXT)


async def _assert_work_goes_on(harness: Harness) -> None:
    """The job that waited is done, and what was deleted can be brought back."""
    await harness.services.trash.untrash(GONE, actor="test")  # the worker would purge it, being old
    async with running(harness.container.worker):

        async def is_titled() -> bool:
            return (await harness.services.jobs.get("job-1")).state is JobState.COMPLETED

        await wait_until(is_titled, description="the waiting job is done")
    assert (await harness.services.memories.get(SECOND)).content.title
    assert (await harness.services.memories.get(GONE)).content.text == "Gone."
