"""Whether a file's schema is the one that the migrations make, before anything in it can run.

Triggers, views and indexes of a foreign file would run with the first statement of this store.
"""

from typing import Final

import apsw

from memorizer.adapters.sql.backup_files import ANOTHER_BACKUP_HINT
from memorizer.adapters.sql.migration_files import check_known, migrations
from memorizer.adapters.sqlite.migration import PACKAGE, add_functions
from memorizer.domain.errors import BackupFailed

OWN_TABLES_OF_SQLITE: Final = ("sqlite_sequence", "sqlite_stat1", "sqlite_stat4")

_SCHEMA: Final = f"""
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE NOT (type = 'index' AND sql IS NULL)
AND NOT (type = 'table' AND name IN {OWN_TABLES_OF_SQLITE})
ORDER BY type = 'table', name
"""


def require_own_schema(connection: apsw.Connection, file: str) -> None:
    """Raise BackupFailed for an object that no migration makes, Misconfigured for a newer schema.

    Reads the schema only. The file's version says how many migrations it has seen.
    """
    steps = migrations(PACKAGE)
    version = int(connection.pragma("user_version"))
    check_known(file, version, len(steps))
    found = connection.execute(_SCHEMA).fetchall()
    if version == 0 or not any(name == "memories" for _, name, *_ in found):
        raise BackupFailed(f"{file} is no backup of Memorizer.", ANOTHER_BACKUP_HINT)
    own = _schema_of_version(version)
    for kind, name, table, sql in found:
        if (kind, name, table, sql) not in own:
            where = "" if name == table else f" on {table}"
            raise BackupFailed(
                f"{file} has the {kind} {name}{where}, which no Memorizer makes; in a store it "
                "could change or read everything. Nothing was changed.",
                "If it is yours, remove it from a copy of the file with the program `sqlite3` "
                f"(`DROP {str(kind).upper()} {name}`). If the file is from somebody else, do not "
                "use it.",
            )


def _schema_of_version(version: int) -> frozenset[tuple[object, ...]]:
    connection = apsw.Connection(":memory:")
    add_functions(connection)
    for step in migrations(PACKAGE)[:version]:
        connection.execute(step.script)
    return frozenset(connection.execute(_SCHEMA).fetchall())
