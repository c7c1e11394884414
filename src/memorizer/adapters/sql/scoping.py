"""Statements as a scoped transaction runs them: no row outside of the scope is read or changed.

Each table of memories, and of what hangs on them, is replaced by those of its rows that belong to
the scope; so a statement cannot forget it. Statements name tables in lower case after FROM, JOIN,
UPDATE and DELETE FROM, keywords in upper case.
"""

import re
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
    "memory_events": _OF_MEMORY,
    "memory_words": _LINKED.format(linked="seq = {row}.memory_seq"),  # of PostgreSQL
    "memory_tags": _LINKED.format(linked="seq = {row}.memory_seq"),
    "relationships": " AND ".join(
        _LINKED.format(linked=f"id = {{row}}.{end}") for end in ("from_id", "to_id")
    ),
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


@lru_cache(maxsize=2_048)
def scoped(sql: str, in_scope: str, *, but: str = "") -> str:
    """The statement for rows of the scope alone.

    `in_scope` is what follows a workspace's number, 0 for none, and is true if it is in the scope.
    The table `but` stays as it is.
    Raises ValueError for a change of such a table without a WHERE.
    """
    changed = _CHANGE.match(sql)
    reading = _READ.sub(lambda found: _rows(found, in_scope) if found[2] != but else found[0], sql)
    if changed is None or changed[1] == but:
        return reading
    table = changed[1]
    condition = _CONDITIONS[table].format(row=table, in_scope=in_scope)
    at = _main_where(reading)
    return f"{reading[:at]} {condition} AND ({_split(reading[at:])}"


def _rows(found: "re.Match[str]", in_scope: str) -> str:
    keyword, table, alias = found.groups()
    source = "memories" if table == "visible_memories" else table
    condition = _CONDITIONS[table].format(row="x", in_scope=in_scope)
    return f"{keyword} (SELECT x.* FROM {source} x WHERE {condition}) {alias or table}"


def _main_where(sql: str) -> int:
    """The position behind the WHERE that belongs to the statement itself."""
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
    """The condition, closed by a bracket before what follows it."""
    at = condition.find("RETURNING")
    return f"{condition})" if at < 0 else f"{condition[:at]}) {condition[at:]}"
