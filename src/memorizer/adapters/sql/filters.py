"""A Filter as SQL over visible_memories AS m."""

from collections.abc import Iterator
from dataclasses import dataclass

from memorizer.adapters.sql.dialect import Dialect, Value
from memorizer.domain.keys import LAST, SEPARATOR
from memorizer.domain.memories import Filter, fold


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions joined by AND, and the values of their parameters in order."""

    sql: str
    values: tuple[Value, ...]


def where(filter_: Filter, dialect: Dialect, *, before: str | None = None) -> Where:
    """The conditions of a filter, and of an id before another.

    Never empty, so that it can follow WHERE or AND.
    """
    parts: list[tuple[str, tuple[Value, ...]]] = [("1 = 1", ())]
    if filter_.archived is not None:
        parts.append((f"m.archived_at IS {'NOT ' if filter_.archived else ''}NULL", ()))
    if filter_.pinned is not None:
        parts.append((f"m.pinned_at IS {'NOT ' if filter_.pinned else ''}NULL", ()))
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
    parts += [dialect.metadata_condition(condition) for condition in filter_.metadata]
    parts += _keys(filter_)
    if before is not None:
        parts.append(("m.id < ?", (before,)))
    return Where(
        " AND ".join(sql for sql, _ in parts), tuple(value for _, some in parts for value in some)
    )


def _keys(filter_: Filter) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """As a range, for which an index can be used; LIKE would have to be told its wildcards."""
    prefix = filter_.key_prefix
    if prefix is None:
        return
    yield "m.key >= ? AND m.key < ?", (prefix, prefix + LAST)
    if filter_.is_direct:
        rest = f"substr(m.key, {len(prefix) + 1})"
        yield f"replace({rest}, '{SEPARATOR}', '') = {rest}", ()
