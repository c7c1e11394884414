"""Conditions on metadata as SQL of SQLite; json_each gives names, kinds and values."""

from collections.abc import Sequence

from memorizer.adapters.sql.dialect import Value
from memorizer.domain.metadata import ORDERED, Condition, Operator, Scalar

Sql = tuple[str, tuple[Value, ...]]


def metadata_condition(condition: Condition) -> Sql:
    """Implement Dialect.metadata_condition."""
    name, [value, *_] = condition.name, condition.values
    if condition.operator in ORDERED:
        kinds = "('text')" if isinstance(value, str) else "('integer', 'real')"
        comparison = f"j.value {ORDERED[condition.operator]} ?"
        return _exists(name, f"j.type IN {kinds} AND {comparison}", value)
    sql, values = _any_equal(name, condition.values)
    return f"NOT {sql}" if condition.operator is Operator.NOT_EQUAL else sql, values


def _any_equal(name: str, wanted: Sequence[Scalar]) -> Sql:
    each = [_equal(name, value) for value in wanted]
    values = tuple(value for _, some in each for value in some)
    return f"({' OR '.join(sql for sql, _ in each)})", values


def _equal(name: str, value: Scalar) -> Sql:
    match value:
        case None:
            sql, values = _exists(name, "j.type <> 'null'")
            return f"NOT {sql}", values
        case bool():
            return _exists(name, f"j.type = '{'true' if value else 'false'}'")
        case str():
            return _exists(name, "j.type = 'text' AND j.value = ?", value)
        case _:
            return _exists(name, "j.type IN ('integer', 'real') AND j.value = ?", value)


def _exists(name: str, condition: str, *values: Scalar) -> Sql:
    each = f"SELECT 1 FROM json_each(m.metadata) j WHERE j.key = ? AND {condition}"
    return f"EXISTS ({each})", (name, *values)
