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
from support import sql_faults
from support.chaos import either
from support.crashing_process import DONE, die_at
from support.harness import Harness, fingerprint, open_harness
from support.mutations import MUTATIONS, Mutation
from support.sql_faults import SqlFault, injecting

EVERY = pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
ERRORS = {
    "disk full": ("sqlite", sql_faults.full_disk),
    "constraint": ("sqlite", sql_faults.constraint),
    "connection lost": ("postgresql", sql_faults.lost_connection),
}
READING = {
    "mirror", "file_imports.load",
    "clients",
    "search", "duplicates", "export", "queue_stats", "job_progress", "statistics", "health",
    "signals", "supervisor", "readiness", "metrics",
    "memories.get", "memories.get_many", "memories.page",
    "history.versions", "history.version", "history.diff", "history.changes", "history.events",
    "trash.page", "trash.count", "relationships.list", "relationships.count",
    "backups.overview", "jobs.get", "jobs.counts", "jobs.page", "jobs.failures", "jobs.workers",
    "jobs.ready", "queue.check",
    "auth.is_token_active", "auth.requires_token", "auth.has_usable_token", "auth.tokens",
    "queue.check_available", "queue.stop_requests",
    "memory_jobs", "memories.newest", "keyed.get", "keyed.folders", "import_.within",
    "workspaces.tree", "workspaces.get", "workspaces.events", "workspaces.narrowed",
    "workspaces.grants", "workspaces.place", "documents.page", "documents.get",
    "proposals.page", "proposals.get", "proposals.counts",
    "secret_scan.page",
    "recalls.page", "recalls.of_memory", "recalls.never_recalled",
}  # fmt: skip
"""What changes nothing: whole services, and methods of the others."""
ELSEWHERE = {"queue.cancel", "queue.retry", "queue.retry_failed", "queue.remove", "queue.clean"} | {
    "queue.pause"
}
"""What `services.jobs` hands on as it is."""
DERIVED = {"maintenance.index_pending_vectors", "maintenance.renew_words"}
"""Change only an index (tests/unit/test_unindexed_vectors.py, contract/test_outdated_words.py)."""
WITHIN = {
    "backups.make_if_due", "workspaces.ensure", "documents.add_url", "proposals.accept_cluster",
    "secret_scan.purge",
}  # fmt: skip
"""Ends in the method of another row."""
OWN_TABLES = {
    "oauth.consent", "oauth.exchange", "oauth.issue_code", "oauth.prune", "oauth.refresh",
    "oauth.revoke", "auth.forget", "context.pack", "recalls.note",
    "file_imports.add", "file_imports.confirm",
}  # fmt: skip
"""No row yet: they write to tables of their own: logins, what was shown to whom, uploads."""


def test_every_method_that_changes_something_has_a_row() -> None:
    services: dict[str, type] = {field.name: field.type for field in fields(Services)}  # type: ignore[misc]
    services |= {"queue": JobQueue, "maintenance": Maintenance}
    public = {
        f"{service}.{name}"
        for service, kind in services.items()
        if service not in READING
        for base in kind.__mro__
        if base.__module__.startswith("memorizer.")
        for name, member in vars(base).items()
        if not name.startswith("_") and callable(member)
    }
    rows = {mutation.of for mutation in MUTATIONS.values()}
    assert public - rows - READING - ELSEWHERE - DERIVED - WITHIN - OWN_TABLES == set(), (
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
def action(error: str) -> Callable[[], None]:
    return ERRORS[error][1]


@pytest.fixture
async def harness(settings: Settings) -> AsyncIterator[Harness]:
    async with open_harness(settings) as harness:
        yield harness


@EVERY
async def test_an_error_in_any_statement_undoes_its_transaction_and_can_be_overcome(
    harness: Harness, mutation: Mutation, action: Callable[[], None]
) -> None:
    if mutation.of == "backups.make" and harness.settings.database_url:
        pytest.skip("pg_dump may be missing, or older than the server")
    subject = await mutation.prepare(harness)
    first = fingerprint(harness.settings)
    states = [first]
    fault = SqlFault(action, committed=lambda: states.append(fingerprint(harness.settings)))
    with injecting(harness.database, fault):
        is_done = False
        for at in _numbers():
            fault.arm(at)
            is_done = await _try(mutation, harness, subject)
            if not fault.was_injected:
                break
            assert not is_done or mutation.says_nothing, f"the fault at {at} was hidden"
            if mutation.transactions == 1 or len(states) > 1:
                assert fingerprint(harness.settings) == states[-1], _half_done(fault)
        assert is_done
    assert len(fault.statements) > 0
    assert fault.statements.count("COMMIT") <= mutation.transactions
    assert fingerprint(harness.settings) != first, "it changed nothing"


async def _try(mutation: Mutation, harness: Harness, subject: Any) -> bool:
    """Whether it succeeded."""
    try:
        await mutation.run(harness, subject)
    except (StorageUnavailable, apsw.ConstraintError):
        return False
    return True


def _numbers() -> Iterator[int]:
    yield from range(1, 1_000)
    raise AssertionError("a mutation of a thousand statements")


def _half_done(fault: SqlFault) -> str:
    done = "\n  ".join(fault.statements[: fault.at])
    return f"half a transaction is in the database; these ran:\n  {done}"


@EVERY
async def test_a_process_killed_at_any_statement_leaves_all_or_nothing(
    tmp_path: Path, mutation: Mutation
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    async with open_harness(settings) as harness:
        subject = await mutation.prepare(harness)
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
