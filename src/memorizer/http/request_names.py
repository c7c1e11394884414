"""The names of the fields and parameters that a route knows, for the errors about others."""

from collections.abc import Iterator
from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel


def known_names(route: APIRoute, part: str) -> frozenset[str]:
    """All names in the `body` or the `query` of a request, at any depth."""
    fields = route.dependant.body_params if part == "body" else route.dependant.query_params
    return frozenset(name for field in fields for name in _names(field.field_info.annotation))


def _names(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield field.alias or name
            yield from _names(field.annotation)
    for argument in get_args(annotation):
        yield from _names(argument)
