"""Conditions on metadata as SQL of PostgreSQL.

`@>` tells texts, numbers and booleans apart, takes 1 and 1.0 for the same, and can use an index.
"""

import json

from memorizer.adapters.sql.dialect import Value
from memorizer.domain.metadata import ORDERED, Condition, Operator, Scalar

Sql = tuple[str, tuple[Value, ...]]

_VALUE = "m.metadata::jsonb -> ?::text"


def metadata_condition(condition: Condition) -> Sql:
    """Implement Dialect.metadata_condition."""
    name, [value, *_] = condition.name, condition.values
    if condition.operator in ORDERED:
        return _ordered(name, ORDERED[condition.operator], value)
    each = [_equal(name, value) for value in condition.values]
    values = tuple(value for _, some in each for value in some)
    sql = f"({' OR '.join(sql for sql, _ in each)})"
    if condition.operator is Operator.NOT_EQUAL:
        return f"NOT coalesce({sql}, false)", values
    return sql, values


def _equal(name: str, value: Scalar) -> Sql:
    if value is None:
        return f"coalesce({_VALUE}, 'null') = 'null'::jsonb", (name,)
    return "m.metadata::jsonb @> ?::jsonb", (json.dumps({name: value}),)


def _ordered(name: str, operator: str, value: Scalar) -> Sql:
    if isinstance(value, str):
        as_text = "(m.metadata::jsonb ->> ?::text)"
        return (
            f"(jsonb_typeof({_VALUE}) = 'string' AND {as_text} COLLATE \"C\" {operator} ?::text)",
            (name, name, value),
        )
    return (
        f"(jsonb_typeof({_VALUE}) = 'number' AND {_VALUE} {operator} ?::jsonb)",
        (name, name, json.dumps(value)),
    )
