"""Restore a dump into a PostgreSQL database, in one transaction."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic, sleep
from typing import IO, Any, Final
from uuid import uuid4

import psycopg

from memorizer.adapters.postgres.backup import (
    connection_options,
    dedicated_connection,
    find_program,
    find_store_id,
    list_tables,
    run_program,
)
from memorizer.adapters.postgres.dialect import READING
from memorizer.adapters.postgres.migration import PACKAGE
from memorizer.adapters.postgres.schema_check import require_own_schema
from memorizer.adapters.sql.backup_files import (
    ANOTHER_BACKUP_HINT,
)
from memorizer.adapters.sql.dialect import rows_as
from memorizer.adapters.sql.migration_files import check_known, migrations
from memorizer.domain.backups import RestoredDatabase, StoredToken
from memorizer.domain.errors import BackupFailed, Misconfigured

_MADE: Final = re.compile(r"^CREATE (TABLE|VIEW|FUNCTION) (\w+)", re.MULTILINE)
HEAD_BYTES: Final = 10_000
_TOO_NEW: Final = (b"SET transaction_timeout = 0;\n", b"")
"""What pg_restore 17 says first whoever listens, and servers before 17 do not understand."""
DISCONNECT_GRACE_SECONDS: Final = 2.0
"""How long the server may need to notice that a program it knew has ended."""
_READING: Final = (
    "--no-owner",
    "--no-privileges",
    "--no-comments",
    "--no-publications",
    "--no-subscriptions",
)
_FOREIGN_EXTENSION: Final = re.compile(r"^\d+; .* EXTENSION - (?!vector ).*$", re.MULTILINE)
_WITHOUT_TOKENS: Final = b"""
RESET search_path;
DO $$ BEGIN
  IF to_regclass('tokens') IS NOT NULL THEN
    DELETE FROM sessions;
    DELETE FROM tokens;
  END IF;
END $$;
"""
_COUNT_CLIENTS: Final = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND application_name = 'memorizer' AND pid <> pg_backend_pid()
"""


def restore(
    file: Path, url: str, keep: Callable[[], Path] | None, *, tokens: bool = True
) -> RestoredDatabase:
    """Put a dump in the place of what is there; without `tokens`, it comes back without any.

    Where there is a store already, `keep` must make a backup of it first. Raises BackupFailed,
    Misconfigured, StorageUnavailable; nothing has changed then.
    """
    check(file)
    kept = keep() if _has_store(url) and keep is not None else None
    with dedicated_connection(url) as connection:
        server = connection.info.server_version // 10_000
        store_id = find_store_id(connection) or uuid4().hex
    _replace(
        find_program("pg_restore", server), find_program("psql", server), file, url, tokens=tokens
    )
    with dedicated_connection(url) as connection:
        if find_store_id(
            connection
        ):  # in an empty place it is another store than the one it copies
            connection.execute("UPDATE store SET id = %s", (store_id,))
        [(memories,)] = connection.execute("SELECT count(*) FROM visible_memories")
        return RestoredDatabase(int(memories), kept, _tokens(connection))


def require_empty(url: str) -> None:
    """Raise Misconfigured where there is a store that would be lost."""
    if _has_store(url):
        raise Misconfigured(
            "The database has memories already. With --replace they are kept in a backup, and "
            "then replaced; or name an empty database with MEMORIZER_DATABASE_URL."
        )


def require_no_clients(url: str) -> None:
    """Raise Misconfigured while servers or workers are connected."""
    deadline = monotonic() + DISCONNECT_GRACE_SECONDS
    while (clients := _count_clients(url)) and monotonic() < deadline:
        sleep(0.05)
    if clients:
        raise Misconfigured(
            f"Memorizer has {clients} connections to the database open. Stop its servers, workers "
            "and agents (`memorizer mcp`) on every machine, then restore again."
        )


def check(file: Path) -> None:
    """Whether it can be restored. Raises BackupFailed, Misconfigured."""
    if not file.is_file():
        raise BackupFailed(
            f"There is no file {file}.", "Name a backup that `memorizer backup` made."
        )
    if "memories" not in list_tables(file):
        raise BackupFailed(f"{file} is no backup of Memorizer.", ANOTHER_BACKUP_HINT)
    options = ["--data-only", "--table=schema_version", "--file=-"]
    said = run_program([find_program("pg_restore"), *options, str(file)])
    version = re.search(r"^COPY .*schema_version.* FROM stdin;\n(\d+)", said, re.MULTILINE)
    check_known(str(file), int(version[1]) if version else 0, len(migrations(PACKAGE)))
    with _script_of(find_program("pg_restore"), file) as process:
        require_own_schema(_stream(process.stdout), str(file))
    if process.returncode:
        raise BackupFailed(f"{file} cannot be read to its end.", ANOTHER_BACKUP_HINT)


def _count_clients(url: str) -> int:
    with dedicated_connection(url) as connection:
        [(clients,)] = connection.execute(_COUNT_CLIENTS)
        return int(clients)


def _tokens(connection: psycopg.Connection[Any]) -> list[StoredToken]:
    [(has_tokens,)] = connection.execute("SELECT to_regclass('tokens') IS NOT NULL")
    if not has_tokens:  # an older version
        return []
    rows = connection.execute(READING.statements["list_unrevoked_tokens"].encode())
    return rows_as(StoredToken, rows)


def _has_store(url: str) -> bool:
    with dedicated_connection(url) as connection:
        [(is_there,)] = connection.execute("SELECT to_regclass('memories') IS NOT NULL")
        return bool(is_there)


@contextmanager
def _script_of(pg_restore: str, file: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Yield a program that writes the dump as SQL; of extensions, only what Memorizer needs."""
    entries = _FOREIGN_EXTENSION.sub(r";\g<0>", run_program([pg_restore, "--list", str(file)]))
    with NamedTemporaryFile("w", suffix=".list") as wanted:
        wanted.write(entries)
        wanted.flush()
        command = [pg_restore, *_READING, f"--use-list={wanted.name}", "--file=-", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - ours to choose
            try:
                yield process
            except BaseException:
                process.kill()
                raise


def _replace(pg_restore: str, psql: str, file: Path, url: str, *, tokens: bool) -> None:
    """Send COMMIT as the last statement, and only when everything before it arrived."""
    address, secret = connection_options(url)
    quietly = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--output={os.devnull}"]
    with (
        _script_of(pg_restore, file) as source,
        subprocess.Popen(  # noqa: S603 - ours to choose
            [psql, *quietly, address],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **secret},
        ) as target,
    ):
        complaint = _fed(source, target, b"" if tokens else _WITHOUT_TOKENS)
    if source.returncode or target.returncode:
        said = complaint.decode(errors="replace").strip().splitlines() or ["it did not say why"]
        raise BackupFailed(f"The backup could not be restored: {said[0]}. Nothing was changed.")


def _fed(
    source: "subprocess.Popen[bytes]", target: "subprocess.Popen[bytes]", at_the_end: bytes
) -> bytes:
    """Return what psql complained about."""
    script, out = _stream(target.stdin), _stream(source.stdout)
    try:
        script.write("".join(["BEGIN;\n", *_drops()]).encode())
        script.write(out.read(HEAD_BYTES).replace(*_TOO_NEW))
        shutil.copyfileobj(out, script)
        if source.wait() == 0:
            script.write(at_the_end + b"\nCOMMIT;\n")
        script.close()
    except BrokenPipeError:  # psql has ended at an error, and says which
        source.kill()
    return target.stderr.read() if target.stderr else b""


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - both ends are pipes
    return stream


def _drops() -> Iterator[str]:
    """Everything that our own migrations made, of this version and of those before."""
    yield "SET client_min_messages = warning;\nDROP TABLE IF EXISTS schema_version;\n"
    for step in reversed(migrations(PACKAGE)):
        for kind, name in reversed(_MADE.findall(step.script)):
            yield f"DROP {kind} IF EXISTS {name} CASCADE;\n"
