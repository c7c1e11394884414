"""The log of backup runs, successful and failed."""

from typing import Any, Final

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.backups import BackupFile, BackupRun

MAX_FAILED_RUNS: Final = 100
_SELECT: Final = "SELECT id, started_at, ended_at, host, path, bytes, memories, error FROM backups"
_NEWEST_FIRST: Final = "ORDER BY started_at DESC, id DESC LIMIT ?"


class BackupRows:
    """Implements ports.backups.BackupLog."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def add(self, run: BackupRun) -> None:
        file = run.file
        of_file = (None, None, None) if file is None else (file.path, file.bytes, file.memories)
        self._execute(
            "INSERT INTO backups (id, started_at, ended_at, host, path, bytes, memories, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (run.id, run.started_at, run.ended_at, run.host, *of_file, run.error),
        )
        self._execute(
            f"DELETE FROM backups WHERE error IS NOT NULL AND id NOT IN"
            f" (SELECT id FROM backups {_NEWEST_FIRST})",
            (MAX_FAILED_RUNS,),
        )

    def newest(self, *, limit: int) -> list[BackupRun]:
        return [_run(row) for row in self._execute(f"{_SELECT} {_NEWEST_FIRST}", (limit,))]

    def newest_good(self) -> BackupRun | None:
        row = self._execute(f"{_SELECT} WHERE error IS NULL {_NEWEST_FIRST}", (1,)).fetchone()
        return None if row is None else _run(row)


def _run(row: Any) -> BackupRun:
    id_, started_at, ended_at, host, path, size, memories, error = row
    file = None if path is None else BackupFile(path, size, memories)
    return BackupRun(id_, started_at, ended_at, host, file, error)
