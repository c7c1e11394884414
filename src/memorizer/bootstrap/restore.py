"""Settings → a backup in the place of the database."""

from dataclasses import dataclass
from pathlib import Path

from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.backups import backup_maker
from memorizer.domain.backups import name_of
from memorizer.domain.errors import Misconfigured
from memorizer.settings import Settings


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now, and where the old database is, if there was one."""

    memories: int
    kept: Path | None


def restore(settings: Settings, file: Path, *, replace: bool) -> Restored:
    """Put a backup in the place of the database. No server or worker may run on it.

    Raises BackupFailed, Misconfigured, StorageUnavailable; nothing has changed then.
    """
    if settings.database_url is None:
        return _file(settings, file)
    return _postgres(settings, settings.database_url.get_secret_value(), file, replace=replace)


def _file(settings: Settings, file: Path) -> Restored:
    from memorizer.adapters.sqlite.restore import restore  # noqa: PLC0415

    if file.suffix == ".dump":
        raise Misconfigured(
            f"{file} is a backup of PostgreSQL. Set MEMORIZER_DATABASE_URL to restore it there."
        )
    _, _, stamp = name_of(SystemClock().now()).partition("-")
    return Restored(*restore(file, settings.database_file, stamp))


def _postgres(settings: Settings, url: str, file: Path, *, replace: bool) -> Restored:
    # costs a fifth of a second, which who has no PostgreSQL need not spend
    from memorizer.adapters.postgres.restore import (  # noqa: PLC0415
        require_alone,
        require_vacant,
        restore,
    )

    def keep() -> Path:
        maker = backup_maker(settings)
        made = maker.make(settings.backups_dir, SystemClock().now(), lambda _: None)
        return Path(made.path)

    require_alone(url)
    if not replace:
        require_vacant(url)
    return Restored(*restore(file, url, keep))
