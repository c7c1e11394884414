"""The log of backup runs, successful and failed."""

from typing import Final, NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, row_as, rows_as
from memorizer.domain.backups import BackupFile, BackupRun

MAX_FAILED_RUNS: Final = 100


class _RunRow(NamedTuple):
    id: str
    started_at: int
    ended_at: int
    host: str
    path: str | None
    bytes: int
    memories: int
    error: str | None

    def to_run(self) -> BackupRun:
        file = None if self.path is None else BackupFile(self.path, self.bytes, self.memories)
        return BackupRun(self.id, self.started_at, self.ended_at, self.host, file, self.error)


class BackupRows:
    """Implements ports.backups.BackupLog."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def add(self, run: BackupRun) -> None:
        file = run.file
        of_file = (None, None, None) if file is None else (file.path, file.bytes, file.memories)
        self._execute(
            self._statements["insert_backup"],
            (run.id, run.started_at, run.ended_at, run.host, *of_file, run.error),
        )
        self._execute(self._statements["delete_old_failed_backups"], (MAX_FAILED_RUNS,))

    def newest(self, *, limit: int) -> list[BackupRun]:
        rows = self._execute(self._statements["list_backups"], (limit,))
        return [row.to_run() for row in rows_as(_RunRow, rows)]

    def newest_good(self) -> BackupRun | None:
        row = row_as(_RunRow, self._execute(self._statements["get_newest_good_backup"]))
        return None if row is None else row.to_run()
