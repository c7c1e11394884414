"""Statements as a scoped transaction runs them: no row outside of the scope is read or changed.

Each table of memories, and of what hangs on them, is replaced by those of its rows that belong to
the scope; so a statement cannot forget it. Statements name tables in lower case after FROM, JOIN,
UPDATE and DELETE FROM, keywords in upper case.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_IN_SCOPE: Final = "coalesce({row}.workspace_seq, 0) {in_scope}"
_LINKED: Final = (
    "EXISTS (SELECT 1 FROM memories s"
    " WHERE s.{linked} AND coalesce(s.workspace_seq, 0) {{in_scope}})"
)
_OF_MEMORY: Final = _LINKED.format(linked="id = {row}.memory_id")

_CONDITIONS: Final = {
    "memories": _IN_SCOPE,
    "visible_memories": f"{{row}}.deleted_at IS NULL AND {_IN_SCOPE}",
    "memory_versions": _OF_MEMORY,
    "external_ids": _OF_MEMORY,
    "memory_validity": _OF_MEMORY,
    "documents": _IN_SCOPE,
    "document_parts": (
        f"{_OF_MEMORY} AND EXISTS (SELECT 1 FROM documents s WHERE s.id = {{row}}.document_id AND "
        "coalesce(s.workspace_seq, 0) {in_scope})"
    ),
    "document_uploads": "1 = 0",  # they are read by jobs alone
    # that a relationship was added or removed tells of its other end
    "memory_events": (
        f"{_OF_MEMORY} AND ({{row}}.type NOT IN ('relationship_added', 'relationship_removed',"
        " 'memory_superseded', 'memory_reinstated') OR "
        + _LINKED.format(linked="id = {linked_memory}")
        + ")"
    ),
    # of memories that were moved away a proposal tells nothing here
    "proposals": (
        f"{_IN_SCOPE} AND NOT EXISTS (SELECT 1 FROM proposal_memories n"
        " WHERE n.proposal_id = {row}.id AND NOT "
        + _LINKED.format(linked="id = n.memory_id")
        + ") AND ({row}.created_memory_id IS NULL OR "
        + _LINKED.format(linked="id = {row}.created_memory_id")
        + ")"
    ),
    "memory_words": _LINKED.format(linked="seq = {row}.memory_seq"),  # of PostgreSQL
    "memory_tags": _LINKED.format(linked="seq = {row}.memory_seq"),
    "relationships": " AND ".join(
        _LINKED.format(linked=f"id = {{row}}.{end}") for end in ("from_id", "to_id")
    ),
    "recalls": "{row}.workspace_seq {in_scope}",
    "recalled_memories": _OF_MEMORY,
    "recall_counts": _OF_MEMORY,
    "workspaces": "{row}.seq {in_scope}",
    "workspace_events": (
        "EXISTS (SELECT 1 FROM workspaces s WHERE s.id = {row}.workspace_id AND s.seq {in_scope})"
    ),
}
"""Which rows of a table belong to the scope."""
_TABLES: Final = "|".join(_CONDITIONS)
_READ: Final = re.compile(
    rf"(?<!DELETE )\b(FROM|JOIN)\s+({_TABLES})\b(?:\s+INDEXED BY \w+)?(?:\s+([a-z]\w*))?"
)
_CHANGE: Final = re.compile(rf"\s*(?:UPDATE|DELETE FROM) ({_TABLES})\b")


@dataclass(frozen=True, slots=True)
class ScopeDialect:
    """How one database compares with the scope of a transaction."""

    in_scope: str
    """Follows a workspace's number, 0 for none, and is true if it is in the scope."""
    linked_memory: str
    """The `toMemoryId` or `supersededBy` in the data of the event {row}."""
    excepted: str = ""
    """A table that stays as it is."""


@lru_cache(maxsize=2_048)
def scoped(sql: str, dialect: ScopeDialect) -> str:
    """Return the statement for rows of the scope alone.

    Raises ValueError for a change of such a table without a WHERE.
    """
    changed = _CHANGE.match(sql)
    reading = _READ.sub(lambda found: _rows(found, dialect), sql)
    if changed is None or changed[1] == dialect.excepted:
        return reading
    condition = _condition(changed[1], changed[1], dialect)
    at = _main_where(reading)
    return f"{reading[:at]} {condition} AND ({_split(reading[at:])}"


def _condition(table: str, row: str, dialect: ScopeDialect) -> str:
    linked = dialect.linked_memory.format(row=row)
    return _CONDITIONS[table].format(row=row, in_scope=dialect.in_scope, linked_memory=linked)


def _rows(found: "re.Match[str]", dialect: ScopeDialect) -> str:
    keyword, table, alias = found.groups()
    if table == dialect.excepted:
        return found[0]
    source = "memories" if table == "visible_memories" else table
    condition = _condition(table, "x", dialect)
    return f"{keyword} (SELECT x.* FROM {source} x WHERE {condition}) {alias or table}"


def _main_where(sql: str) -> int:
    """Return the position behind the WHERE that belongs to the statement itself."""
    depth = 0
    for found in re.finditer(r"[()]|\bWHERE\b", sql):
        match found[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case _ if depth == 0:
                return found.end()
    raise ValueError(f"a change of scoped rows needs a WHERE: {sql}")


def _split(condition: str) -> str:
    """Return the condition, closed by a bracket before what follows it."""
    at = condition.find("RETURNING")
    return f"{condition})" if at < 0 else f"{condition[:at]}) {condition[at:]}"
