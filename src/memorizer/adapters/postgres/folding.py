"""Migration step: fill the case-folded columns of tags and types in Python."""

from typing import Final

from memorizer.adapters.postgres.connection import Connection
from memorizer.domain.memories import fold

_COLUMNS: Final = (("memory_tags", "tag", "folded"), ("memories", "type", "type_folded"))


def fold_labels(connection: Connection) -> None:
    """Fill the case-folded columns of tags and types, with one update for each column."""
    for table, column, folded in _COLUMNS:
        labels = [str(label) for (label,) in connection.execute(_distinct(table, column))]
        connection.execute(_update(table, column, folded), (labels, [fold(x) for x in labels]))


def _distinct(table: str, column: str) -> bytes:
    return f"SELECT DISTINCT {column} FROM {table}".encode()


def _update(table: str, column: str, folded: str) -> bytes:
    return (
        f"UPDATE {table} t SET {folded} = labels.folded"
        " FROM unnest(%s::text[], %s::text[]) AS labels (label, folded)"
        f" WHERE t.{column} = labels.label"
    ).encode()
