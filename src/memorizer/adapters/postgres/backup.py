"""Backup of a PostgreSQL database with pg_dump, while others write."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from memorizer.adapters.postgres.connection import Connection, connect
from memorizer.adapters.postgres.errors import STORAGE_ERRORS, unavailable
from memorizer.adapters.postgres.pooler import is_pooled
from memorizer.domain.backups import STORE_CHARACTERS, BackupProgress
from memorizer.domain.errors import BackupFailed, BackupRunning

SUFFIX: Final = ".dump"
POLL_SECONDS: Final = 0.2
_LOCK: Final = 0x6D656D04  # an advisory lock; it ends with its connection
_OF_AN_OLDER_SCHEMA: Final = "0" * STORE_CHARACTERS
"""In the name of a backup of a store that had no id yet: a restore makes one before it begins."""
_INSTALL: Final = (
    "Install PostgreSQL's client programs of version {version} or newer on this machine "
    "(Debian: the package `postgresql-client-{version}`), first on the PATH."
)


class PostgresDumper:
    """Implements adapters.sql.backup_store.Dumper. The memories counted are those of the dump."""

    suffix = SUFFIX

    def __init__(self, url: str) -> None:
        self._url = url
        self._memories = 0

    def store_id(self) -> str:
        with dedicated_connection(self._url) as connection:
            return find_store_id(connection) or _OF_AN_OLDER_SCHEMA

    @contextmanager
    def lock(self) -> Iterator[None]:
        with dedicated_connection(self._url) as connection:
            if is_pooled(self._url):  # only a transaction keeps its session there
                [(is_ours,)] = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (_LOCK,))
                if not is_ours:
                    raise BackupRunning
                yield
                return
            connection.autocommit = True  # a transaction so long would be in the way of others
            [(is_ours,)] = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
            if not is_ours:
                raise BackupRunning
            try:
                yield
            finally:  # the server may notice later that we are gone
                connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    def write(self, part: Path, watch: BackupProgress) -> None:
        with dedicated_connection(self._url) as connection:
            program = find_program("pg_dump", connection.info.server_version // 10_000)
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            [(snapshot, self._memories)] = connection.execute(
                "SELECT pg_export_snapshot(), (SELECT count(*) FROM visible_memories)"
            )
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            # else pg_dump refuses tables with policies; they hide nothing where no scope is set
            options.append("--enable-row-security")
            address, secret = connection_options(self._url)
            run_program([program, *options, address, f"--file={part}"], secret, watch)

    def verify(self, part: Path, watch: BackupProgress) -> int:
        contents = list_tables(part)
        missing = [table for table in ("memories", "memory_versions") if table not in contents]
        if missing:
            raise BackupFailed(f"{part} does not contain {' and '.join(missing)}.")
        # the list is at its beginning; writing it out as SQL reads it to its end
        run_program([find_program("pg_restore"), f"--file={os.devnull}", str(part)], watch=watch)
        return self._memories


def list_tables(file: Path) -> frozenset[str]:
    """Return the names of the tables whose rows a dump holds. Raises BackupFailed."""
    said = run_program([find_program("pg_restore"), "--list", str(file)])
    return frozenset(re.findall(r"TABLE DATA \S+ (\S+)", said))


def find_program(name: str, server: int = 0) -> str:
    """Return the path of a client program not older than the server. Raises BackupFailed."""
    path = shutil.which(name)
    install = _INSTALL.format(version=server or 18)
    if path is None:
        raise BackupFailed(f"{name} is not on this machine, and it is needed here.", install)
    version = int((re.findall(r"\d+", run_program([path, "--version"])) or ["0"])[0])
    if version < server:
        raise BackupFailed(
            f"{path} is of version {version}, too old for a PostgreSQL server of version {server}.",
            install,
        )
    return path


def connection_options(url: str) -> tuple[str, Mapping[str, str]]:
    """Return an option that names the database, and a variable with the password.

    Other users of the machine can see the arguments of a program.
    """
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    return f"--dbname={make_conninfo('', **parts)}", secret


def run_program(
    command: Sequence[str],
    secret: Mapping[str, str] = MappingProxyType({}),
    watch: BackupProgress = lambda _: None,
) -> str:
    """Return what a program says in the end. Raises BackupFailed, or what watch raises."""
    process = subprocess.Popen(  # noqa: S603 - the programs are ours to choose
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **secret},
    )
    try:
        out, stderr = _communicate(process, watch)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode:
        name = Path(command[0]).name
        lines = stderr.decode(errors="replace").strip().splitlines() or ["it did not say why"]
        raise BackupFailed(f"{name} failed: {lines[0]}")
    return out.decode(errors="replace")


def _communicate(process: "subprocess.Popen[bytes]", watch: BackupProgress) -> tuple[bytes, bytes]:
    while True:
        try:
            return process.communicate(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            watch(0.0)


def find_store_id(connection: Connection) -> str | None:
    """Return the id of the store; None where there is no store, or one of an older version."""
    [(is_there,)] = connection.execute("SELECT to_regclass('store') IS NOT NULL")
    if not is_there:
        return None
    [(store_id,)] = connection.execute("SELECT id FROM store")
    return str(store_id)


@contextmanager
def dedicated_connection(url: str) -> Iterator[Connection]:
    """Open a connection outside the database's threads. Raises StorageUnavailable."""
    try:
        with connect(url, application_name="memorizer backup") as connection:
            yield connection
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
