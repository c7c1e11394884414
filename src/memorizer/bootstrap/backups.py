"""Settings → how backups are made, and which one to restore."""

import shlex
from pathlib import Path

from memorizer.adapters.sql.backup_store import BackupFiles, list_backups
from memorizer.adapters.sqlite.backup import ENDING, SqliteDumper, examine
from memorizer.domain.errors import BackupFailed
from memorizer.ports.backups import BackupMaker
from memorizer.settings import Settings


def backup_maker(settings: Settings) -> BackupMaker:
    """For the file, or for PostgreSQL."""
    if settings.database_url is None:
        return BackupFiles(SqliteDumper(settings.database_file))
    # costs a fifth of a second, which who has no PostgreSQL need not spend
    from memorizer.adapters.postgres.backup import PostgresDumper  # noqa: PLC0415

    return BackupFiles(PostgresDumper(settings.database_url.get_secret_value()))


def way_back(settings: Settings) -> str:
    """What to do about a damaged database file: the newest whole backup, and the command."""
    backup = next((file for file in _backups(settings) if _is_whole(file)), None)
    if backup is None:
        return (
            f"There is no backup in {settings.backups_dir}. Keep a copy of the file: the program "
            f"`sqlite3` can often save most of it with its command `.recover`. If you have a "
            "backup elsewhere, run `memorizer restore FILE`."
        )
    command = ["memorizer", "restore", str(backup)]
    if settings.data_dir != Settings().data_dir:
        command += ["--data-dir", str(settings.data_dir)]
    return f"Restore the newest backup, the damaged file is kept beside it: `{shlex.join(command)}`"


def _backups(settings: Settings) -> list[Path]:
    """The newest first, and last the copies made before a change of the schema."""
    copies = settings.data_dir.glob(f"{settings.database_file.stem}-before-schema-*{ENDING}")
    by_age = sorted(copies, key=lambda file: file.stat().st_mtime, reverse=True)
    return [*list_backups(settings.backups_dir, ENDING), *by_age]


def _is_whole(file: Path) -> bool:
    try:
        examine(file)
    except BackupFailed:
        return False
    return True
