"""A Filter as SQL over visible_memories AS m."""

from dataclasses import dataclass

from memorizer.adapters.sql.dialect import Value
from memorizer.domain.memories import Filter, fold


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions joined by AND, and the values of their parameters in order."""

    sql: str
    values: tuple[Value, ...]


def where(filter_: Filter, *, before: str | None = None) -> Where:
    """The conditions of a filter, and of an id before another.

    Never empty, so that it can follow WHERE or AND.
    """
    parts: list[tuple[str, tuple[Value, ...]]] = [("1 = 1", ())]
    if filter_.archived is not None:
        parts.append((f"m.archived_at IS {'NOT ' if filter_.archived else ''}NULL", ()))
    if filter_.embedding_status is not None:
        parts.append(("m.embedding_status = ?", (filter_.embedding_status,)))
    if filter_.types:
        marks = ", ".join("?" * len(filter_.types))
        parts.append((f"m.type_folded IN ({marks})", tuple(map(fold, filter_.types))))
    for tag in filter_.tags:
        tagged = "SELECT memory_seq FROM memory_tags WHERE folded = ?"
        parts.append((f"m.seq IN ({tagged})", (fold(tag),)))
    if filter_.created_after is not None:
        parts.append(("m.created_at > ?", (filter_.created_after,)))
    if filter_.created_before is not None:
        parts.append(("m.created_at < ?", (filter_.created_before,)))
    if before is not None:
        parts.append(("m.id < ?", (before,)))
    return Where(
        " AND ".join(sql for sql, _ in parts), tuple(value for _, some in parts for value in some)
    )
