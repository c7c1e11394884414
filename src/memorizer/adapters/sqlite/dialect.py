"""What SQLite says in its own way."""

from typing import Final

from memorizer.adapters.sql.dialect import Dialect

SQLITE: Final = Dialect(
    members="SELECT value FROM json_each(?)",
    json_list=lambda values: f"json_group_array({values})",
    tag="tag",  # its collation ignores case
    tag_value="?",
    with_step="json_insert(steps, '$[#]', json_array(revision + 1, ?))",
    days_index="INDEXED BY memories_by_status",
)
