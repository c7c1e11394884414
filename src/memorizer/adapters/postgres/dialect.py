"""The SQL that only PostgreSQL understands, and the locks of concurrent writers.

Dialect says what each field is for. Reads see one snapshot and lock nothing.
"""

from dataclasses import replace
from functools import cache
from typing import Final

from memorizer.adapters.postgres.metadata import metadata_condition
from memorizer.adapters.sql.dialect import Dialect

READING: Final = Dialect(
    members="SELECT jsonb_array_elements_text(?::jsonb)",
    json_list=lambda values: f"coalesce(json_agg({values}), '[]')::text",
    json_array=lambda values: f"CAST(json_build_array({values}) AS TEXT)",
    append_step=(
        "(steps::jsonb || jsonb_build_array(jsonb_build_array(revision + 1, ?::integer)))::text"
    ),
    continue_workspace_seq=(
        "SELECT setval(pg_get_serial_sequence('workspaces', 'seq'), max(seq)) FROM workspaces"
    ),
    metadata_condition=metadata_condition,
    position="strpos",
    first_row=lambda rows: cache(rows.fetchone),  # the client has them when the pipeline ends
)
WRITING: Final = replace(
    READING,
    workspaces_lock="LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE",
    documents_lock="LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE",
    row_lock="FOR UPDATE",
    reference_lock="FOR KEY SHARE",
    job_lock="FOR UPDATE SKIP LOCKED",
)
"""Others write at the same time: what is read to be changed is locked."""
