"""The SQL that only SQLite understands, and what follows from how APSW reads rows.

Dialect says what each field is for. There are no row locks: one transaction writes at a time.
"""

from functools import partial
from typing import Any, Final

from memorizer.adapters.sql.dialect import Dialect
from memorizer.adapters.sqlite.metadata import metadata_condition


def _same(row: Any) -> Any:
    return row


SQLITE: Final = Dialect(
    members="SELECT value FROM json_each(?)",
    json_list=lambda values: f"json_group_array({values})",
    json_array=lambda values: f"json_array({values})",
    append_step="json_insert(steps, '$[#]', json_array(revision + 1, ?))",
    metadata_condition=metadata_condition,
    position="instr",
    first_row=lambda rows: partial(_same, rows.fetchone()),  # rows end with their statement
    days_index="INDEXED BY memories_by_status",
)
