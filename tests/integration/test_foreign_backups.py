"""A backup that somebody else made is data: it brings no program and, if so wished, no token."""

import gzip
from contextlib import closing
from pathlib import Path

import apsw
import psycopg
import pytest

from memorizer.adapters.postgres.backup import PostgresDumper
from memorizer.adapters.postgres.restore import check as check_dump
from memorizer.adapters.sqlite.connection import open_connection
from memorizer.adapters.sqlite.restore import check as check_file
from memorizer.bootstrap.maintenance import restore
from memorizer.cli import database as command
from memorizer.domain.auth import Scope
from memorizer.domain.backups import BackupRun
from memorizer.domain.errors import BackupFailed
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support import old_schemas, postgres_programs
from support.memorizer import Memorizer
from support.postgres_server import PostgresServer
from support.rows import rows

SPY = "CREATE TABLE spy (text TEXT)"
ON_SQLITE = {
    "a trigger": (
        SPY,
        (
            "CREATE TRIGGER spying AFTER INSERT ON memories BEGIN "
            "INSERT INTO spy VALUES (NEW.text); END"
        ),
    ),
    "a view of ours that is another": (
        "DROP VIEW visible_memories",
        "CREATE VIEW visible_memories AS SELECT * FROM memories",
    ),
    "an index with an expression": ("CREATE INDEX spying ON memories (abs(version), text)",),
    "a name that looks like SQLite's own": (
        "PRAGMA writable_schema = ON",
        (
            "INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_spying', 'memories', 0,"
            " 'CREATE TRIGGER sqlite_spying AFTER INSERT ON memories BEGIN SELECT 1; END')"
        ),
    ),
}
FUNCTION = (
    "CREATE FUNCTION spying() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
)
ON_POSTGRES = {
    "a function": (FUNCTION,),
    "a function of ours that does something else": (
        FUNCTION.replace("CREATE", "CREATE OR REPLACE").replace("spying", "count_jobs"),
    ),
    "a trigger with a function of ours": (
        (
            "CREATE TRIGGER spying AFTER DELETE ON memories FOR EACH ROW"
            " EXECUTE FUNCTION promote_copy()"
        ),
    ),
    "a default that runs SQL": (
        (
            "ALTER TABLE memories ALTER COLUMN source"
            " SET DEFAULT query_to_xml('DELETE FROM tokens', true, true, '')::text"
        ),
    ),
    "a condition that runs SQL": (
        (
            "ALTER TABLE memories ADD CONSTRAINT spying"
            " CHECK (current_setting('spying', true) IS NULL)"
        ),
    ),
    "an index that runs something": ("CREATE INDEX spying ON memories (md5(text))",),
    "a rule": ("CREATE RULE spying AS ON INSERT TO tokens DO ALSO DELETE FROM sessions",),
    "a view of ours that is another": (
        "CREATE OR REPLACE VIEW visible_memories AS SELECT * FROM memories",
    ),
    "a table": (SPY,),
}


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres_programs.on_path(monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def execute(settings: Settings, *statements: str) -> None:
    if settings.database_url is None:
        with closing(apsw.Connection(str(settings.database_file))) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    with psycopg.connect(settings.database_url.get_secret_value()) as server:
        for statement in statements:
            server.execute(statement.encode())


def path_of(run: BackupRun) -> Path:
    assert run.file is not None
    return Path(run.file.path)


async def refusal(memorizer: Memorizer, *statements: str) -> str:
    """What is said of a backup of a store in which these were executed."""
    settings = memorizer.settings
    content = Content("Honey never spoils.")
    await memorizer.services.memories.create(content, actor="test")
    execute(settings, *statements)
    backup = path_of(await memorizer.services.backups.make())
    await memorizer.stack.aclose()
    store_before = rows(settings, "SELECT id, text FROM memories")

    with pytest.raises(BackupFailed) as error:
        restore(settings, backup, replace=True)

    assert rows(settings, "SELECT id, text FROM memories") == store_before
    return str(error.value)


@pytest.mark.parametrize("database_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ON_SQLITE)
async def test_a_file_with_a_program_of_somebody_else_is_refused(
    memorizer: Memorizer, kind: str
) -> None:
    said = await refusal(memorizer, *ON_SQLITE[kind])
    assert "spying" in said or "visible_memories" in said


@pytest.mark.parametrize("database_engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("kind", ON_POSTGRES)
async def test_a_dump_with_a_program_of_somebody_else_is_refused(
    memorizer: Memorizer, kind: str
) -> None:
    said = await refusal(memorizer, *ON_POSTGRES[kind])
    assert "no Memorizer makes" in said


def test_nothing_in_the_schema_of_a_file_may_call_functions_of_the_program(tmp_path: Path) -> None:
    with closing(open_connection(tmp_path / "memorizer.db")) as connection:
        connection.create_scalar_function("shout", lambda *_: "!")
        assert connection.execute("SELECT shout()").fetchall() == [("!",)]
        connection.execute("CREATE TABLE kept (text TEXT)")
        connection.execute("CREATE VIEW shouted AS SELECT shout() FROM kept")
        with pytest.raises(apsw.SQLError, match="unsafe use of shout"):
            connection.execute("SELECT * FROM shouted").fetchall()


@pytest.mark.parametrize("number", old_schemas.earlier(old_schemas.SQLITE))
def test_a_file_of_every_older_version_can_be_restored(number: int, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    old.write_bytes(gzip.decompress(old_schemas.fixture(number).read_bytes()))
    assert check_file(old, tmp_path / "memorizer.db") >= 1


@pytest.mark.parametrize("number", old_schemas.earlier(old_schemas.POSTGRES))
def test_a_dump_of_every_older_version_can_be_restored(
    postgres: PostgresServer, tmp_path: Path, number: int
) -> None:
    with postgres.database(empty=True) as url:
        old_schemas.write_postgres(url, number)
        dump = tmp_path / "old.dump"
        PostgresDumper(url).write(dump, lambda _: None)
        check_dump(dump)


async def test_a_restore_names_the_tokens_that_work_and_can_leave_them_out(
    memorizer: Memorizer, capsys: pytest.CaptureFixture[str]
) -> None:
    services, settings = memorizer.services, memorizer.settings
    _, text = await services.auth.create("laptop", Scope.ADMIN)
    await services.auth.create("reader", Scope.READ, days=1)
    gone, _ = await services.auth.create("gone", Scope.WRITE)
    await services.auth.revoke(gone.id)
    await services.auth.log_in(text)
    backup = path_of(await services.backups.make())
    await memorizer.stack.aclose()

    now = restore(settings, backup, replace=True)
    command.print_restored(settings, backup, now, without_tokens=False)
    said = " ".join(capsys.readouterr().err.split())
    assert "work again: laptop (admin), reader (read)." in said
    assert rows(settings, "SELECT count(*) FROM sessions") == [(1,)]

    now = restore(settings, backup, replace=True, tokens=False)
    command.print_restored(settings, backup, now, without_tokens=True)
    said = " ".join(capsys.readouterr().err.split())
    assert "work again" not in said
    assert "were deleted" in said
    assert rows(settings, "SELECT count(*) FROM tokens") == [(0,)]
    assert rows(settings, "SELECT count(*) FROM sessions") == [(0,)]
