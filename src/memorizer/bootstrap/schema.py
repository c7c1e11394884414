"""Settings → bringing the database to the present schema."""

from memorizer.adapters.sqlite import migration as sqlite
from memorizer.bootstrap.databases import require_postgres
from memorizer.settings import Settings


def place(settings: Settings) -> str:
    """The database, as a person knows it; never its password."""
    return str(settings.database_file) if settings.database_url is None else "PostgreSQL"


def pending(settings: Settings) -> list[str]:
    """The steps that are missing, without taking them. Raises Misconfigured, StorageUnavailable."""
    if settings.database_url is None:
        return sqlite.pending(settings.database_file)
    require_postgres()
    from memorizer.adapters.postgres import migration  # noqa: PLC0415 - as in databases.py

    return migration.pending(settings.database_url.get_secret_value())


def migrate(settings: Settings) -> list[str]:
    """Take the steps that are missing, all or none. Raises Misconfigured, StorageUnavailable."""
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return sqlite.migrate(settings.database_file)
    require_postgres()
    from memorizer.adapters.postgres import migration  # noqa: PLC0415 - as in databases.py

    return migration.migrate(settings.database_url.get_secret_value())
