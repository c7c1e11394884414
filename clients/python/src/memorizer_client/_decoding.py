"""JSON of the server → dataclasses."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from memorizer_client.errors import MemorizerError

T = TypeVar("T")

_UNIONS: Final = (Union, types.UnionType)


def camel_case(name: str) -> str:
    """Return how the API spells a field: `created_at` → `createdAt`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def decode(cls: type[T], given: Any) -> T:
    """Build a dataclass of `models`. Raises MemorizerError if the server sent something else."""
    try:
        value: T = _value(cls, given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MemorizerError(
            f"The server sent no {cls.__name__} that this client understands ({error!r}). "
            "Is it Memorizer, and is it as new as the client?"
        ) from error
    return value


def _value(type_: Any, given: Any) -> Any:
    origin = get_origin(type_)
    if origin in _UNIONS:
        [inner] = [each for each in get_args(type_) if each is not type(None)]
        return None if given is None else _value(inner, given)
    if origin is list:
        [inner] = get_args(type_)
        return [_value(inner, each) for each in given]
    if origin is dict or origin is Literal or type_ is Any:
        return given
    if is_dataclass(type_) and isinstance(type_, type):
        return _dataclass(type_, given)
    if type_ is datetime:
        return datetime.fromisoformat(given)
    return type_(given)


def _dataclass(type_: Any, given: Mapping[str, Any]) -> Any:
    """Raise TypeError if a required field is missing."""
    known = _fields(type_)
    return type_(
        **{field: _value(hint, given[name]) for field, name, hint in known if name in given}
    )


@cache
def _fields(type_: Any) -> tuple[tuple[str, str, Any], ...]:
    """Return the fields, as Python and as JSON name them, and their types."""
    hints = get_type_hints(type_)
    return tuple((field.name, camel_case(field.name), hints[field.name]) for field in fields(type_))
