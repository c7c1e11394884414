"""What agents' sessions have been shown, as rows."""

import json
from collections.abc import Sequence
from typing import Final

from memorizer.adapters.sql.dialect import Dialect, Execute

BEGINNING: Final = ""
"""Stands for a memory in the row that says that a session is known."""


class ShownMemoryRows:
    """Implements ports.memories.ShownMemories."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def list_for(self, session: str) -> set[str] | None:
        rows = self._execute(self._statements["list_shown"], (session,)).fetchall()
        return {row[0] for row in rows} - {BEGINNING} if rows else None

    def add(self, session: str, ids: Sequence[str], at: int) -> None:
        values = json.dumps([BEGINNING, *ids])
        self._execute(self._statements["insert_shown"], (values, session, at))

    def forget(self, session: str) -> None:
        self._execute(self._statements["delete_shown"], (session,))

    def delete_older_than(self, at: int) -> None:
        self._execute(self._statements["delete_old_shown"], (at,))
