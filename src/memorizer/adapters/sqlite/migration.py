"""Bringing a database file to the present schema: numbered files, each in one transaction."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import apsw

from memorizer.adapters.sqlite.connection import (
    STORAGE_ERRORS,
    exclusive,
    open_connection,
    unavailable,
)
from memorizer.domain.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    script: str


def migrations() -> list[Migration]:
    """All steps in their order."""
    folder = files("memorizer.adapters.sqlite") / "migrations"
    scripts = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [
        Migration(number, script.name.removesuffix(".sql"), script.read_text(encoding="utf-8"))
        for number, script in enumerate(scripts, start=1)
    ]


def migrate(path: Path) -> list[str]:
    """Apply what is missing and return the names of it; the old file is backed up before.

    Several processes may do this at once. Raises Misconfigured for a newer schema,
    StorageUnavailable.
    """
    steps = migrations()
    connection = open_connection(path)
    try:
        version = _version(connection)
        if version > len(steps):
            raise Misconfigured(
                f"{path} was written by a newer Memorizer (schema {version}, this one knows "
                f"{len(steps)}). Install the newer version; the file was not touched."
            )
        if 0 < version < len(steps):
            _back_up(connection, path, version)
        return [step.name for step in steps if _apply(connection, step)]
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
    finally:
        connection.close()


def _apply(connection: apsw.Connection, step: Migration) -> bool:
    """Run one step unless this or another process already has."""
    if _version(connection) >= step.number:
        return False
    with exclusive(connection):
        is_missing = _version(connection) < step.number
        if is_missing:
            connection.execute(step.script)
            connection.execute(f"PRAGMA user_version = {step.number}")
    return is_missing


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def _back_up(connection: apsw.Connection, path: Path, version: int) -> None:
    """Copy the whole file, consistently, beside it."""
    target = path.with_name(f"{path.stem}-before-schema-{version + 1}{path.suffix}")
    if not target.exists():
        connection.execute("VACUUM INTO ?", (str(target),))
