"""Metadata: a flat JSON object that a client attaches to a memory, and conditions on it.

The operators are those of LangGraph's stores, which are those of MongoDB.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import InvalidField

MAX_METADATA_BYTES: Final = 8_192
"""Of the whole object as JSON without blanks, in UTF-8."""
MAX_NAME_BYTES: Final = 200
MAX_CONDITIONS: Final = 20
MAX_CHOICES: Final = 100
"""Values in one `$in`."""
MAX_NUMBER: Final = 2**53
"""Beyond it, JavaScript and others read another number than was sent (RFC 8259, section 6)."""

Scalar = str | int | float | bool | None

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_NOT_IN_NAMES: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Metadata(Mapping[str, Scalar]):
    """A flat JSON object, in the order of its names; equal if their JSON is equal.

    Unlike a dict it tells true from 1, and as JSON does it takes 1.0 for 1.
    """

    __slots__ = ("_values", "text")

    text: str
    """As JSON without blanks."""

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        """Check names, values and size. Raises InvalidField."""
        self._values = {
            _checked_name(name): _checked(name, value)
            for name, value in sorted((values or {}).items())
        }
        self.text = _json(self._values)
        if (size := len(self.text.encode())) > MAX_METADATA_BYTES:
            raise InvalidField("metadata", f"at most {MAX_METADATA_BYTES:,} bytes, got {size:,}")

    def __getitem__(self, name: str) -> Scalar:
        """Return the value of this name. Raises KeyError."""
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in their order."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        """Compare as JSON."""
        return isinstance(other, Metadata) and self.text == other.text

    def __hash__(self) -> int:
        """Return the hash of the JSON."""
        return hash(self.text)

    def __repr__(self) -> str:
        """Show names and values."""
        return f"Metadata({self._values!r})"


class Operator(StrEnum):
    """How a value of metadata is compared with a given one."""

    EQUAL = "$eq"
    NOT_EQUAL = "$ne"
    GREATER = "$gt"
    GREATER_OR_EQUAL = "$gte"
    LESS = "$lt"
    LESS_OR_EQUAL = "$lte"
    IN = "$in"


ORDERED: Final = {
    Operator.GREATER: ">",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.LESS: "<",
    Operator.LESS_OR_EQUAL: "<=",
}
"""Operators that compare numbers with numbers and texts with texts (by code points)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on one value. A missing value counts as null.

    `values`: those of which one must be equal; one value for all operators but `$in`.
    """

    name: str
    operator: Operator
    values: tuple[Scalar, ...]


def parse_conditions(given: Mapping[str, object]) -> tuple[Condition, ...]:
    """Conditions from `{"ticket": "X-1", "size": {"$gte": 3}}`. Raises InvalidField."""
    conditions = tuple(
        condition for name, wanted in given.items() for condition in _conditions(name, wanted)
    )
    if len(conditions) > MAX_CONDITIONS:
        raise InvalidField(
            "metadata", f"at most {MAX_CONDITIONS} conditions, got {len(conditions)}"
        )
    return conditions


def values_of_text(text: str) -> list[Scalar]:
    """Return what an untyped value may mean: itself, a number, true, false, null."""
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return [text]
    is_other = value is None or isinstance(value, bool | int | float)
    return [text, value] if is_other and (value is None or _is_exact(value)) else [text]


def _conditions(name: str, wanted: object) -> Iterator[Condition]:
    _checked_name(name)
    if not isinstance(wanted, Mapping):
        yield Condition(name, Operator.EQUAL, (_checked(name, wanted),))
        return
    if not wanted:
        raise InvalidField(f"metadata.{name}", f"needs one of {', '.join(Operator)}")
    for operator, value in wanted.items():
        if operator not in set(Operator):
            raise InvalidField(
                f"metadata.{name}", f"{operator} is no operator; there are {', '.join(Operator)}"
            )
        yield _condition(name, Operator(operator), value)


def _condition(name: str, operator: Operator, value: object) -> Condition:
    field = f"metadata.{name}"
    if operator is Operator.IN:
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_CHOICES:
            raise InvalidField(field, f"$in needs a list of 1 to {MAX_CHOICES} values")
        return Condition(name, operator, tuple(_checked(name, each) for each in value))
    checked = _checked(name, value)
    if operator in ORDERED and (checked is None or isinstance(checked, bool)):
        raise InvalidField(field, f"{operator} compares numbers and texts only")
    return Condition(name, operator, (checked,))


def _checked_name(name: str) -> str:
    if not name or name[0].isspace():
        raise InvalidField("metadata", "a name must not be empty or begin with a blank")
    if (size := len(name.encode(errors="replace"))) > MAX_NAME_BYTES:
        problem = f"a name has at most {MAX_NAME_BYTES} bytes, got {size:,}"
        raise InvalidField("metadata", problem)
    if _NOT_IN_NAMES.search(name):
        raise InvalidField("metadata", "a name holds a character that cannot be stored")
    if name.startswith("$"):
        raise InvalidField("metadata", f"{name} is no name: those with `$` are operators")
    return name


def _checked(name: str, value: object) -> Scalar:
    """Return a value as it is stored: whole numbers without a fraction."""
    field = f"metadata.{name}"
    match value:
        case None | bool():
            return value
        case str():
            if _UNSTORABLE.search(value):
                raise InvalidField(field, "holds a character that cannot be stored")
            return value
        case int() | float():
            if not _is_exact(value):
                raise InvalidField(
                    field,
                    "numbers lie between -2^53 and 2^53; send others as text, for not every "
                    "program reads them exactly",
                )
            return int(value) if float(value).is_integer() else value
    raise InvalidField(field, "must be a text, a number, true, false or null; nothing is nested")


def _is_exact(value: float) -> bool:
    """Whether all programs read the same number."""
    return -MAX_NUMBER <= value <= MAX_NUMBER


def _json(values: Mapping[str, Scalar]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


NO_METADATA: Final = Metadata()
