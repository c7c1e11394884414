"""A fault at every statement of every mutation: afterwards all of it is there, or none."""

import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import fields
from pathlib import Path
from signal import SIGKILL
from typing import Any

import apsw
import pytest

from memorizer.domain.errors import StorageUnavailable
from memorizer.ports.job_queue import JobQueue
from memorizer.services import Services
from memorizer.services.maintenance import Maintenance
from memorizer.settings import Settings
from support import strikes
from support.chaos import either
from support.mutations import MUTATIONS, Mutation
from support.stage import Stage, fingerprint, open_stage
from support.strikes import Strike, striking
from support.struck_process import DONE, die_at

EVERY = pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
ERRORS = {
    "disk full": ("sqlite", strikes.full_disk),
    "constraint": ("sqlite", strikes.constraint),
    "connection lost": ("postgresql", strikes.lost_connection),
}
READING = {
    "search", "duplicates", "export", "queue_stats", "job_progress", "statistics", "health",
    "signals", "supervisor", "readiness", "metrics",
    "memories.get", "memories.get_many", "memories.page",
    "history.versions", "history.version", "history.diff", "history.changes", "history.events",
    "trash.page", "trash.count", "relationships.list", "relationships.count",
    "backups.overview", "jobs.get", "jobs.counts", "jobs.page", "jobs.failures", "jobs.workers",
    "jobs.ready", "queue.check",
    "auth.is_token_active", "auth.requires_token", "auth.has_usable_token", "auth.tokens",
    "queue.check_available", "queue.stop_requests",
}  # fmt: skip
"""What changes nothing: whole services, and methods of the others."""
ELSEWHERE = {"queue.cancel", "queue.retry", "queue.retry_failed", "queue.remove", "queue.clean"} | {
    "queue.pause"
}
"""What `services.jobs` hands on as it is."""
DERIVED = {"maintenance.index_pending_vectors", "maintenance.renew_words"}
"""Change only an index (tests/unit/test_unindexed_vectors.py, contract/test_outdated_words.py)."""
WITHIN = {"backups.make_if_due"}
"""Ends in the method of another row."""


def test_every_method_that_changes_something_has_a_row() -> None:
    rooms: dict[str, type] = {field.name: field.type for field in fields(Services)}  # type: ignore[misc]
    rooms |= {"queue": JobQueue, "maintenance": Maintenance}
    public = {
        f"{room}.{name}"
        for room, kind in rooms.items()
        if room not in READING
        for base in kind.__mro__
        if base.__module__.startswith("memorizer.")
        for name, member in vars(base).items()
        if not name.startswith("_") and callable(member)
    }
    rows = {mutation.of for mutation in MUTATIONS.values()}
    assert public - rows - READING - ELSEWHERE - DERIVED - WITHIN == set(), (
        "neither a row nor said to be reading"
    )
    assert {row for row in rows if not row.startswith("tasks.")} <= public


@pytest.fixture(params=ERRORS)
def error(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_engine(error: str) -> str:
    return ERRORS[error][0]


@pytest.fixture
def blow(error: str) -> Callable[[], None]:
    return ERRORS[error][1]


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with open_stage(settings) as stage:
        yield stage


@EVERY
async def test_an_error_in_any_statement_undoes_its_transaction_and_can_be_overcome(
    stage: Stage, mutation: Mutation, blow: Callable[[], None]
) -> None:
    if mutation.of == "backups.make" and stage.settings.database_url:
        pytest.skip("pg_dump may be missing, or older than the server")
    subject = await mutation.prepare(stage)
    first = fingerprint(stage.settings)
    states = [first]
    strike = Strike(blow, committed=lambda: states.append(fingerprint(stage.settings)))
    with striking(stage.database, strike):
        is_done = False
        for at in _numbers():
            strike.arm(at)
            is_done = await _try(mutation, stage, subject)
            if not strike.has_struck:
                break
            assert not is_done or mutation.says_nothing, f"the fault at {at} was hidden"
            if mutation.transactions == 1 or len(states) > 1:
                assert fingerprint(stage.settings) == states[-1], _half_done(strike)
        assert is_done
    assert len(strike.statements) > 0
    assert strike.statements.count("COMMIT") <= mutation.transactions
    assert fingerprint(stage.settings) != first, "it changed nothing"


async def _try(mutation: Mutation, stage: Stage, subject: Any) -> bool:
    """Whether it succeeded."""
    try:
        await mutation.act(stage, subject)
    except (StorageUnavailable, apsw.ConstraintError):
        return False
    return True


def _numbers() -> Iterator[int]:
    yield from range(1, 1_000)
    raise AssertionError("a mutation of a thousand statements")


def _half_done(strike: Strike) -> str:
    done = "\n  ".join(strike.statements[: strike.at])
    return f"half a transaction is in the database; these ran:\n  {done}"


@EVERY
async def test_a_process_killed_at_any_statement_leaves_all_or_nothing(
    tmp_path: Path, mutation: Mutation
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with open_stage(settings) as stage:
        subject = await mutation.prepare(stage)
    journal, first, ended = tmp_path / "journal", fingerprint(settings), None
    for at in _numbers() if either(chaos=True, otherwise=False) else (2, 4, 7, 1_000):
        journal.write_text(f"{fingerprint(settings)}\n")
        ended = _forked(at, mutation.name, subject, settings.data_dir, journal)
        assert fingerprint(settings) == journal.read_text().splitlines()[-1]
        if ended == DONE:
            break
        assert ended == -SIGKILL
    assert ended == DONE
    assert fingerprint(settings) != first, "it changed nothing"


def _forked(*arguments: Any) -> int | None:
    """The exit code of a process that was forked from one that has everything loaded."""
    processes = multiprocessing.get_context("forkserver")
    # what it has in common with all tests: the server of forks does not know where they are
    processes.set_forkserver_preload(["memorizer.bootstrap", "memorizer.mcp.server", "psycopg"])
    process = processes.Process(target=die_at, args=arguments)
    process.start()
    process.join()
    return process.exitcode
