"""The statements of `queries/*.sql`, named by their files and completed for one database.

A name in braces stands for a fragment: of the database (its Dialect), or one that several
statements share (SHARED_FRAGMENTS). Lines that begin with `--` are comments and left out. The
texts never change afterwards, so that the database may keep their plans. Values are bound to `?`.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from memorizer.adapters.sql.job_rows import BatchRow, DispatchRow, JobRow
from memorizer.adapters.sql.memory_rows import EventRow, ModelRow, VersionRow
from memorizer.domain.job_groups import GROUP_LENGTH
from memorizer.domain.jobs import MAX_ATTEMPTS, MAX_RESCUES, MINUTE_MS, PUBLIC_QUEUES
from memorizer.domain.memories import Relationship
from memorizer.domain.validity import SUPERSEDES

PACKAGE: Final = "memorizer.adapters.sql"
SHARED_FRAGMENTS: Final[Mapping[str, str]] = {
    "job_columns": ", ".join(JobRow._fields),
    "dispatch_columns": ", ".join(DispatchRow._fields),
    "slice_columns": ", ".join(BatchRow._fields),
    "version_columns": ", ".join(f"v.{name}" for name in VersionRow._fields),
    "event_columns": ", ".join(f"e.{name}" for name in EventRow._fields),
    "model_columns": ", ".join(ModelRow._fields),
    "relationship_columns": ", ".join(f"r.{field.name}" for field in fields(Relationship)),
    "workspace_columns": (
        "w.id, (SELECT p.id FROM workspaces p WHERE p.seq = w.parent_seq), w.name, w.slug, w.path,"
        " w.kind, w.created_at, w.updated_at, w.description, w.status, w.victory_conditions,"
        " w.archived_at"
    ),
    "document_columns": (
        "d.id, (SELECT w.id FROM workspaces w WHERE w.seq = d.workspace_seq), d.source, d.title,"
        " d.media_type, d.checksum, d.size_bytes, d.version, d.created_at, d.updated_at,"
        " d.warnings, (SELECT count(*) FROM document_parts p JOIN visible_memories m"
        " ON m.id = p.memory_id WHERE p.document_id = d.id)"
    ),
    # what it names has another version by now, is gone, or is replaced already
    "proposal_state": (
        "CASE WHEN p.state IN ('open', 'later') AND EXISTS (SELECT 1 FROM proposal_memories n"
        " WHERE n.proposal_id = p.id AND (NOT EXISTS (SELECT 1 FROM visible_memories m"
        " WHERE m.id = n.memory_id AND m.version = n.version) OR p.kind IN ('replace', 'merge')"
        " AND (n.position > 0 OR p.kind = 'merge') AND EXISTS (SELECT 1 FROM memory_validity v"
        " WHERE v.memory_id = n.memory_id AND v.superseded_at IS NOT NULL)))"
        " THEN 'stale' ELSE p.state END"
    ),
    "recall_columns": (
        "r.id, r.at, r.door, r.actor, r.caller, r.client, r.query, w.id, r.took_ms, r.is_degraded"
    ),
    "replacement_columns": (
        "r.from_id, r.to_id, coalesce("
        "(SELECT v.valid_from FROM memory_validity v WHERE v.memory_id = r.from_id), r.at)"
    ),
    "supersedes": SUPERSEDES,
    "visible_relationships": (
        "relationships r"
        " JOIN visible_memories f ON f.id = r.from_id"
        " JOIN visible_memories t ON t.id = r.to_id"
    ),
    "public_queues": ", ".join(f"'{queue}'" for queue in PUBLIC_QUEUES),
    "max_attempts": str(MAX_ATTEMPTS),
    "max_rescues": str(MAX_RESCUES),
    "minute_ms": str(MINUTE_MS),
    "group_length": str(GROUP_LENGTH),
    # Ready: the time of a delayed job has come, or is so far ahead that the clock was set back.
    # Worded like the condition of the index jobs_ready, which SQLite uses for nothing else.
    "is_ready": (
        "queue = ? AND state IN ('waiting', 'delayed')"
        " AND (state = 'waiting' OR run_at <= ? OR run_at > ?)"
        " AND queue NOT IN (SELECT queue FROM paused_queues)"
    ),
    "is_held": "id = ? AND lease_token = ? AND state = 'active'",
    "clear_lease": "worker_id = NULL, lease_token = NULL, lease_until = NULL",
    "set_items": (
        "items_total = coalesce(?, items_total), items_done = coalesce(?, items_done),"
        " items_failed = coalesce(?, items_failed)"
    ),
    "start_again": (
        "state = 'waiting', attempts = 0, rescues = 0, cancel_requested = 0, progress = 0,"
        " steps = '[]', error = NULL, result = NULL, finished_at = NULL"
    ),
    # filled in at each call: by how many kinds of jobs are listed, by what a Filter asks for, and
    # by how many tags a memory has
    "newest_by_kind": "{newest_by_kind}",
    "filter": "{filter}",
    "new_tags": "{new_tags}",
    "rows": "{rows}",
}


def load_statements(fragments: Mapping[str, str]) -> Mapping[str, str]:
    """All statements by name, with these fragments of a database. Raises KeyError for others."""
    known = {**SHARED_FRAGMENTS, **fragments}
    return MappingProxyType({name: text.format_map(known) for name, text in _texts().items()})


@cache
def _texts() -> Mapping[str, str]:
    folder = files(PACKAGE) / "queries"
    return {
        file.name.removesuffix(".sql"): _without_comments(file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    }


def _without_comments(text: str) -> str:
    lines = text.splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("--"))
