"""Filters and namespaces of LangGraph stores: what they match, and what the server can check."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from langgraph.store.base import ListNamespacesOp, MatchCondition

from memorizer_client._langgraph_items import TEXT_FIELDS, fits

ORDERED: Final = ("$gt", "$gte", "$lt", "$lte")
OPERATORS: Final = ("$eq", "$ne", *ORDERED)
MAX_PUSHED: Final = 1_000
"""Characters of a condition: longer ones do not belong into an address."""


def matches(value: Any, wanted: Any) -> bool:
    """Whether a value is what a filter wants, as LangGraph's stores compare JSON.

    Raises ValueError for an operator that there is not.
    """
    if isinstance(wanted, Mapping):
        if any(str(name).startswith("$") for name in wanted):
            return all(_compare(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, Mapping) and all(
            matches(value.get(name), each) for name, each in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(wanted)
            and all(map(matches, value, wanted))
        )
    return bool(value == wanted)


def _compare(value: Any, operator: str, operand: Any) -> bool:
    """Compare; what has no order, such as a text and a number, or nothing, does not match."""
    if operator not in OPERATORS:
        known = ", ".join(OPERATORS)
        raise ValueError(f"Unsupported operator: {operator}. There are {known}.")
    if operator in {"$eq", "$ne"}:
        return bool(value == operand) is (operator == "$eq")
    try:
        match operator:
            case "$gt":
                return bool(value > operand)
            case "$gte":
                return bool(value >= operand)
            case "$lt":
                return bool(value < operand)
            case _:
                return bool(value <= operand)
    except TypeError:
        return False


def conditions(filter_: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the server can check beforehand: never less than what matches.

    Conditions on metadata: texts, numbers and booleans that are equal, numbers that are compared.
    """
    found: dict[str, Any] = {}
    for name, wanted in (filter_ or {}).items():
        operators = wanted if isinstance(wanted, Mapping) else {"$eq": wanted}
        pushed = {
            operator: operand
            for operator, operand in operators.items()
            if (operator == "$eq" and operand is not None and fits(name, operand))
            or (operator in ORDERED and _is_number(operand) and fits(name, operand))
        }
        if pushed and name not in TEXT_FIELDS and len(str(pushed)) <= MAX_PUSHED:
            found[name] = pushed
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def namespaces(found: set[tuple[str, ...]], wanted: ListNamespacesOp) -> list[tuple[str, ...]]:
    """Return the namespaces that an operation wants, in order."""
    matching = [
        each
        for each in found
        if all(_has(each, condition) for condition in wanted.match_conditions or ())
    ]
    cut = sorted({each[: wanted.max_depth] for each in matching})
    return cut[wanted.offset : wanted.offset + wanted.limit]


def _has(namespace: Sequence[str], condition: MatchCondition) -> bool:
    path = tuple(condition.path)
    if len(namespace) < len(path):
        return False
    if condition.match_type == "prefix":
        part = namespace[: len(path)]
    else:
        part = namespace[len(namespace) - len(path) :]
    return all(label in ("*", each) for label, each in zip(path, part, strict=True))
