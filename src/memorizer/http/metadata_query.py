"""Conditions on metadata in the query of an address: `metadata.ticket=X-1`.

An address has no types: a value stands for the text, and for the number, boolean or null that it
looks like. Both spellings of a name are common, and generated clients write brackets (OpenAPI's
style `deepObject`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import WithJsonSchema

from memorizer.domain.metadata import (
    MAX_NAME_BYTES,
    ORDERED,
    Condition,
    Operator,
    Scalar,
    parse_conditions,
    values_of_text,
)
from memorizer.http.schemas import METADATA_NAME

MetadataQuery = Annotated[
    dict[str, list[str]],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": METADATA_NAME, "maxLength": MAX_NAME_BYTES},
            "additionalProperties": {"type": "string", "pattern": r"^[^\u0000]*$"},
            "examples": [{"ticket": "X-1"}],
        }
    ),
]
"""Values by name, or by name and operator: `size.$gte`."""

_NAME: Final = re.compile(
    r"metadata(?:\.(?P<name>.+?)|\[(?P<in_brackets>.+?)\])"
    r"(?:\.(?P<operator>\$\w+)|\[(?P<operator_in_brackets>\$\w+)\])?",
    re.DOTALL,
)


def collect_metadata(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters, with those of metadata as one MetadataQuery."""
    others = {name: value for name, value in given.items() if not _NAME.fullmatch(name)}
    found: dict[str, list[Any]] = {}
    for parameter, value in given.items():
        if match := _NAME.fullmatch(parameter):
            operator = match["operator"] or match["operator_in_brackets"] or Operator.EQUAL
            name = f"{match['name'] or match['in_brackets']}.{operator}"
            found.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return others | {"metadata": found} if found else others


def conditions_of(query: Mapping[str, Sequence[str]]) -> tuple[Condition, ...]:
    """Parse what a MetadataQuery asks for. Raises InvalidField."""
    return tuple(
        condition
        for name_and_operator, texts in query.items()
        for condition in _conditions(name_and_operator, texts)
    )


def _conditions(name_and_operator: str, texts: Sequence[str]) -> Iterator[Condition]:
    """Of several values one is enough; none may be equal for `$ne`."""
    name, _, operator = name_and_operator.rpartition(".")
    if operator in ORDERED:
        for text in texts:
            yield from parse_conditions({name: {operator: _ordered(text)}})
    elif operator in set(Operator):
        candidates = [each for text in texts for each in values_of_text(text)]
        [condition] = parse_conditions({name: {Operator.IN: candidates}})
        is_not = operator == Operator.NOT_EQUAL
        yield replace(condition, operator=Operator.NOT_EQUAL) if is_not else condition
    else:
        parse_conditions({name: {operator: ""}})  # raises, and names the operators that there are


def _ordered(text: str) -> Scalar:
    """Return a number if it looks like one: texts are seldom compared by their order."""
    value = values_of_text(text)[-1]
    return text if value is None or isinstance(value, bool) else value
