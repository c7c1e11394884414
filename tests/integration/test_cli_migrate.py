"""`memorizer migrate`: a plan, one line per step, exit codes."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import psycopg
import pytest

from memorizer.adapters.sql.migration_files import migrations
from support.postgres_server import PostgresServer
from support.processes import started
from support.waiting import HANG_SECONDS

Ran = subprocess.CompletedProcess[str]
Migrate = Callable[..., Ran]


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty PostgreSQL, or none."""
    if kind == "sqlite":
        yield None
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    with postgres.database(empty=True) as url:
        yield url


@pytest.fixture
def migrate(tmp_path: Path, url: str | None) -> Migrate:
    settings = {} if url is None else {"database_url": url}

    def run(*options: str) -> Ran:
        command = ("memorizer", "migrate", "--data-dir", str(tmp_path / "data"), *options)
        with started(*command, **settings) as process:
            out, err = process.communicate(timeout=HANG_SECONDS)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    return run


def test_a_dry_run_shows_the_plan_and_changes_nothing(
    migrate: Migrate, kind: str, tmp_path: Path
) -> None:
    steps = [step.name for step in migrations(f"memorizer.adapters.{kind}")]
    planned = migrate("--dry-run")
    assert planned.stdout.splitlines() == [f"would apply {step}" for step in steps]
    assert not (tmp_path / "data").exists()

    applied = migrate()
    assert (applied.returncode, applied.stderr) == (0, "")
    assert applied.stdout.splitlines() == [f"✓ {step}" for step in steps]

    for again in (migrate(), migrate("--dry-run")):
        assert again.returncode == planned.returncode == 0
        assert again.stdout.strip().endswith("is up to date.")


def test_a_newer_database_is_refused_in_one_line(
    migrate: Migrate, url: str | None, tmp_path: Path
) -> None:
    migrate()
    if url is None:
        file = apsw.Connection(str(tmp_path / "data" / "memorizer.db"))
        file.execute("PRAGMA user_version = 999")
        file.close()
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE schema_version SET number = 999")
    for options in ((), ("--dry-run",)):
        refused = migrate(*options)
        [line] = refused.stderr.splitlines()
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "written by a newer Memorizer" in line
