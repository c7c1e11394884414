"""Migrate a database file to the current schema: numbered SQL files, a transaction each."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

import apsw

from memorizer.adapters.sql.backup_files import PART_SUFFIX, PRIVATE_FILE_MODE, replace_durably
from memorizer.adapters.sql.migration_files import Migration, check_known, migrations
from memorizer.adapters.sqlite.connection import (
    STORAGE_ERRORS,
    open_connection,
    unavailable,
    write_transaction,
)
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.memories import digest_of, fold

PACKAGE: Final = "memorizer.adapters.sqlite"


def migrate(path: Path) -> list[str]:
    """Apply what is missing and return the names of it; the old file is backed up before.

    Several processes may do this at once. Raises Misconfigured for a newer schema,
    StorageUnavailable.
    """
    steps = migrations(PACKAGE)
    _create_privately(path)
    connection = open_connection(path)
    add_functions(connection)
    try:
        version = _version(connection)
        check_known(str(path), version, len(steps))
        if 0 < version < len(steps):
            _back_up(connection, path, version)
        return [step.name for step in steps if _apply(connection, step)]
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
    finally:
        connection.close()


def pending(path: Path) -> list[str]:
    """Return the names of what `migrate` would apply; nothing is changed. Raises as it does."""
    steps = migrations(PACKAGE)
    if not path.exists():
        return [step.name for step in steps]
    connection = open_connection(path, read_only=True)
    try:
        version = _version(connection)
        check_known(str(path), version, len(steps))
        return [step.name for step in steps[version:]]
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
    finally:
        connection.close()


def _apply(connection: apsw.Connection, step: Migration) -> bool:
    """Run one step unless this or another process already has."""
    if _version(connection) >= step.number:
        return False
    with write_transaction(connection):
        is_missing = _version(connection) < step.number
        if is_missing:
            connection.execute(step.script)
            connection.execute(f"PRAGMA user_version = {step.number}")
    return is_missing


def add_functions(connection: apsw.Connection) -> None:
    """Give a connection the functions that the scripts call."""
    connection.create_scalar_function("digest_of", _digest_of, 1)
    connection.create_scalar_function("folded", _folded, 1)


def _digest_of(*values: object) -> str:
    [text] = values
    return digest_of(str(text))


def _folded(*values: object) -> str:
    [label] = values
    return fold(str(label))


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def _create_privately(path: Path) -> None:
    """Create the file for its owner alone; SQLite gives the files beside it the same mode."""
    with suppress(OSError):  # it is there, or cannot be: SQLite says why
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE_MODE))


def _back_up(connection: apsw.Connection, path: Path, version: int) -> None:
    """Copy the whole file, consistently, beside it; it has its name only when it is whole."""
    target = path.with_name(f"{path.stem}-before-schema-{version + 1}{path.suffix}")
    if target.exists():
        return
    part = target.with_name(
        f"{target.name}.{token_hex(4)}{PART_SUFFIX}"
    )  # others may do the same now
    try:
        part.touch(mode=PRIVATE_FILE_MODE, exist_ok=False)
        connection.execute("VACUUM INTO ?", (str(part),))
        replace_durably(part, target)
    except OSError as error:
        raise StorageUnavailable(
            f"{part} cannot be written: {error.strerror or error}. The database is as it was; "
            "it is copied before its schema changes, and needs room for that."
        ) from error
    finally:
        part.unlink(missing_ok=True)
