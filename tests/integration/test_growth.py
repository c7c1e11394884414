"""What is done often costs about as much in a full store as in a young one.

Counted are the steps of SQLite's machine, not time; a statement that reads all memories or all
jobs takes sixteen times as many of them here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import apsw
import pytest

from memorizer.adapters.sql.job_transaction import JobTransaction
from memorizer.domain.jobs import JobState, NewJob, Queue
from memorizer.domain.memories import Content, Filter
from memorizer.domain.search import Query
from support.memorizer import Memorizer

YOUNG, FULL = 100, 1_600
MOST = 1.5
AT_ONCE = 100
NOT_COUNTED = (
    "'main'.",  # FTS5 writes its own statements like this; they are counted over its whole life
    "data_version",  # whether another process wrote is asked at any time
    "SELECT changes FROM store",
)
FILED, WORKSPACE = 20, "acme"

Steps = dict[str, int]


@pytest.fixture
def steps() -> Iterator[list[int]]:
    """Of every statement on a connection that is opened from here on."""
    seen: list[int] = []

    def note(statement: dict[str, Any]) -> None:
        if "stmt_status" in statement and not any(sql in statement["sql"] for sql in NOT_COUNTED):
            seen.append(statement["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])

    def watch(connection: apsw.Connection) -> None:
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, note)

    apsw.connection_hooks.append(watch)
    yield seen
    apsw.connection_hooks.remove(watch)


async def test_hot_paths_do_not_grow(steps: list[int], memorizer: Memorizer) -> None:
    await grow(memorizer, 0, YOUNG)
    await file(memorizer)
    young = await costs(memorizer, steps)
    await grow(memorizer, YOUNG, FULL)
    full = await costs(memorizer, steps)

    growth = {name: full[name] / young[name] for name in young}
    assert {name: times for name, times in growth.items() if times > MOST} == {}


async def grow(memorizer: Memorizer, first: int, last: int) -> None:
    """Memories, and as many finished jobs."""
    for number in range(first, last):
        await memorizer.services.memories.create(content(number), actor="test")
    for number in range(first, last, AT_ONCE):
        jobs = [job(n) for n in range(number, number + AT_ONCE)]
        await memorizer.container.adapters.database.write(partial(finish, jobs=jobs))


async def file(memorizer: Memorizer) -> None:
    """A few of the memories in a workspace."""
    memories, _ = await memorizer.services.memories.page(Filter(), before=None, limit=FILED)
    await memorizer.services.workspaces.create(WORKSPACE, actor="test")
    ids = [memory.id for memory in memories]
    await memorizer.services.workspaces.move_memories(ids, WORKSPACE, actor="test")


def content(number: int) -> Content:
    return Content(f"Words of {number}.", title=f"Number {number}", tags=("same",))


def job(name: object) -> NewJob:
    return NewJob(f"job-{name}", Queue.TITLES, "do-nothing", {})


def finish(tx: JobTransaction, jobs: list[NewJob]) -> None:
    tx.job_enqueuer.enqueue(jobs)
    for claim in tx.job_consumer.claim("test", Queue.TITLES, len(jobs)):
        tx.job_consumer.complete(claim.lease, {})


async def costs(memorizer: Memorizer, steps: list[int]) -> Steps:
    services, parts, found = memorizer.services, memorizer.container.adapters, Steps()

    @contextmanager
    def counted(name: str) -> Iterator[None]:
        steps.clear()
        yield
        found[name] = sum(steps)

    extra = len(await services.search.database.read(lambda tx: tx.memories.ids(limit=FULL)))
    with counted("store"):
        stored = await services.memories.create(content(extra), actor="test")
    with counted("get"):
        await services.memories.get(stored.memory.id)
    with counted("the newest 20"):
        _, cursor = await services.memories.page(Filter(), before=None, limit=20)
    with counted("the next 20"):
        await services.memories.page(Filter(), before=cursor, limit=20)
    scoped = await services.narrowed(WORKSPACE)
    await scoped.search.search(Query("anything"))  # reads the vectors that are new
    with counted("search in a workspace"):
        answer = await scoped.search.search(Query("words of a number"))
    assert len(answer.hits) == answer.query.limit
    with counted("enqueue"):
        await parts.database.write(lambda tx: tx.jobs.enqueue([job(extra + FULL)]))
    with counted("claim"):
        [claim] = await parts.queue.claim("test", Queue.TITLES, 1)
    with counted("complete"):
        await parts.queue.complete(claim.lease, lambda _: {})
    with counted("look for a job in vain"):
        assert await parts.queue.claim("test", Queue.TITLES, 1) == []
    with counted("count jobs"):
        await services.jobs.counts()
    with counted("the latest 20 jobs"):
        await services.jobs.page(limit=20)
    with counted("the latest 20 titles"):
        await services.jobs.page(queue=Queue.TITLES, limit=20)
    with counted("the latest 20 that failed"):
        await services.jobs.page(state=JobState.FAILED, limit=20)
    return found
