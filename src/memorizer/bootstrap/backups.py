"""Settings → what makes backups, and how a damaged store is restored from one."""

import shlex
from pathlib import Path

from memorizer.adapters.sql.backup_files import BackupStore, list_backups
from memorizer.adapters.sqlite.backup import SUFFIX, SqliteDumper, verify_backup
from memorizer.domain.errors import BackupFailed
from memorizer.ports.backups import BackupMaker
from memorizer.settings import Settings


def backup_maker(settings: Settings) -> BackupMaker:
    """Return the maker of backups for SQLite or PostgreSQL."""
    if settings.database_url is None:
        return BackupStore(SqliteDumper(settings.database_file))
    # imported only with PostgreSQL: it costs a fifth of a second
    from memorizer.adapters.postgres.backup import PostgresDumper  # noqa: PLC0415

    return BackupStore(PostgresDumper(settings.database_url.get_secret_value()))


def restore_hint(settings: Settings) -> str:
    """How to repair a damaged database file: the command restoring the newest intact backup."""
    backup = next((file for file in _backups(settings) if _is_intact(file)), None)
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
    """All backups, newest first; last the copies made before a schema migration."""
    copies = settings.data_dir.glob(f"{settings.database_file.stem}-before-schema-*{SUFFIX}")
    by_age = sorted(copies, key=lambda file: file.stat().st_mtime, reverse=True)
    return [*list_backups(settings.backups_dir, SUFFIX), *by_age]


def _is_intact(file: Path) -> bool:
    try:
        verify_backup(file)
    except BackupFailed:
        return False
    return True
