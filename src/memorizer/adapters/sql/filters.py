"""A Filter as SQL over visible_memories AS m."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.sql.dialect import Dialect, Value
from memorizer.domain.keys import LAST, SEPARATOR
from memorizer.domain.memories import Filter, fold
from memorizer.domain.validity import Validity

AFTER_HEX: Final = "g"
"""Sorts behind every character of an id."""
_VALIDITY: Final = "SELECT 1 FROM memory_validity v WHERE v.memory_id = m.id AND"
_NOT_CURRENT: Final = "(v.superseded_at <= ? OR v.valid_until <= ? OR v.valid_from > ?)"


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions joined by AND, and the values of their parameters in order."""

    sql: str
    values: tuple[Value, ...]


def where(filter_: Filter, dialect: Dialect, *, before: str | None = None) -> Where:
    """Return the conditions of a filter, and of an id before another.

    Never empty, so that it can follow WHERE or AND.
    """
    parts: list[tuple[str, tuple[Value, ...]]] = [("1 = 1", ())]
    if filter_.archived is not None:
        parts.append((f"m.archived_at IS {'NOT ' if filter_.archived else ''}NULL", ()))
    if filter_.pinned is not None:
        parts.append((f"m.pinned_at IS {'NOT ' if filter_.pinned else ''}NULL", ()))
    if filter_.embedding_status is not None:
        parts.append(("m.embedding_status = ?", (filter_.embedding_status,)))
    parts += _any_of("m.type_folded", tuple(map(fold, filter_.types)))
    parts += _any_of("m.source", filter_.sources)
    for tag in filter_.tags:
        tagged = "SELECT memory_seq FROM memory_tags WHERE folded = ?"
        parts.append((f"m.seq IN ({tagged})", (fold(tag),)))
    if filter_.id_prefix is not None:
        parts.append(("m.id >= ? AND m.id < ?", (filter_.id_prefix, filter_.id_prefix + AFTER_HEX)))
    if filter_.created_after is not None:
        parts.append(("m.created_at > ?", (filter_.created_after,)))
    if filter_.created_before is not None:
        parts.append(("m.created_at < ?", (filter_.created_before,)))
    parts += [dialect.metadata_condition(condition) for condition in filter_.metadata]
    parts += _keys(filter_)
    parts += _validity(filter_)
    if before is not None:
        parts.append(("m.id < ?", (before,)))
    return Where(
        " AND ".join(sql for sql, _ in parts), tuple(value for _, some in parts for value in some)
    )


def _any_of(column: str, values: tuple[str, ...]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    if values:
        yield f"{column} IN ({', '.join('?' * len(values))})", values


def _keys(filter_: Filter) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """As a range, for which an index can be used; LIKE would have to be told its wildcards."""
    prefix = filter_.key_prefix
    if prefix is None:
        return
    yield "m.key >= ? AND m.key < ?", (prefix, prefix + LAST)
    if filter_.is_direct:
        rest = f"substr(m.key, {len(prefix) + 1})"
        yield f"replace({rest}, '{SEPARATOR}', '') = {rest}", ()


def _validity(filter_: Filter) -> Iterator[tuple[str, tuple[Value, ...]]]:
    if filter_.happened is not None:
        start, end = filter_.happened
        yield (
            (
                "(m.created_at >= ? AND m.created_at < ?"
                f" AND NOT EXISTS ({_VALIDITY} v.happened_at IS NOT NULL)"
                f" OR EXISTS ({_VALIDITY} v.happened_at >= ? AND v.happened_at < ?))"
            ),
            (start, end, start, end),
        )
    if filter_.validity is None:
        return
    wanted, at = filter_.validity
    match wanted:
        case Validity.SUPERSEDED:
            yield f"EXISTS ({_VALIDITY} v.superseded_at <= ?)", (at,)
            return
        case Validity.EXPIRED:
            yield f"EXISTS ({_VALIDITY} v.valid_until <= ?)", (at,)
            return
        case Validity.REVIEW:
            yield f"EXISTS ({_VALIDITY} v.review_at <= ?)", (at,)
        case Validity.HELD:
            yield (
                f"(m.created_at <= ? OR EXISTS ({_VALIDITY} v.valid_from IS NOT NULL))",
                (at,),
            )
    yield f"NOT EXISTS ({_VALIDITY} {_NOT_CURRENT})", (at, at, at)
