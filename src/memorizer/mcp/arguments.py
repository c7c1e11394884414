"""What agents send, read with tolerance: one place for all that clients get wrong.

Optional values come as "", "null", [null], [] or 0 and mean that there is none: where a client
must send every argument (OpenAI's strict mode), a model has no other way to leave one out. Lists
come as text; numbers come in quotes; names come in the other of two spellings. Only what cannot be
understood is refused, with the names and kinds that are.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel, to_snake
from pydantic.fields import FieldInfo

from memorizer.domain.errors import MemorizerError
from memorizer.domain.foreign_names import advice_for_field
from memorizer.domain.timestamps import end_of, from_iso

MAX_SHOWN = 80
"""Characters of a wrong value that are shown to the one who sent it."""
NOTHING = frozenset({"", "null", "none", "undefined", "[]", "{}"})
URI_PREFIX = "memory://"


class InvalidArguments(MemorizerError):
    """The arguments of a call are wrong; the text says how, and what is accepted."""


class Arguments(BaseModel):
    """The arguments of one tool."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        allow_inf_nan=False,
    )


class WorkspaceArguments(Arguments):
    """Arguments of a tool that may be told to work in one workspace."""

    workspace: Annotated[str | None, Field(description="Path of a workspace")] = None


A = TypeVar("A", bound=Arguments)


def read(kind: type[A], given: Mapping[str, object], tool: str) -> A:
    """Validate the arguments of a tool. Raises InvalidArguments."""
    try:
        return kind.model_validate(_sorted_out(kind, given, tool))
    except ValidationError as error:
        problems = [_problem(each) for each in error.errors(include_url=False)]
        raise InvalidArguments(f"{'; '.join(problems)}. {_accepted(kind, tool)}") from error


def _sorted_out(kind: type[Arguments], given: Mapping[str, object], tool: str) -> dict[str, object]:
    """Under their proper names, without those that say nothing."""
    fields, names = _fields(kind), _names(kind)
    found: dict[str, object] = {}
    for key, value in given.items():
        name = names.get(key)
        if name is None:
            advice = advice_for_field(key, fields)
            said = f"{tool} has no argument {_shown(key)}{f': {advice}' if advice else ''}"
            raise InvalidArguments(f"{said}. {_accepted(kind, tool)}")
        if name in found and found[name] != value:
            raise InvalidArguments(f"{name} was given twice, with different values. Send it once.")
        if fields[name].is_required() or not _is_absent(value):
            found[name] = value
    return found


@cache  # a tool's arguments never change, and spelling them anew took a tenth of each call
def _names(kind: type[Arguments]) -> Mapping[str, str]:
    """Return the names in the schema, by all spellings that are accepted."""
    return {spelling: name for name in _fields(kind) for spelling in _spellings(name)}


@cache
def _fields(kind: type[Arguments]) -> Mapping[str, FieldInfo]:
    """Return the fields by their names in the schema."""
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def _spellings(name: str) -> set[str]:
    return {name, to_snake(name), to_camel(to_snake(name))}


def _is_absent(value: object) -> bool:
    """Whether a client leaves out an optional argument; False is a value."""
    if isinstance(value, bool):
        return False
    return value in (0, [], {}) or _is_nothing(value)


def _is_nothing(value: object) -> bool:
    """Whether a client's way to say that there is no value."""
    match value:
        case None:
            return True
        case str():
            return value.strip().lower() in NOTHING
        case list():
            return bool(value) and all(_is_nothing(each) for each in value)
        case _:
            return False


def _accepted(kind: type[Arguments], tool: str) -> str:
    required = kind.model_json_schema().get("required", ())
    names = [f"{name} (required)" if name in required else name for name in _fields(kind)]
    return f"{tool} accepts: {', '.join(names) or 'nothing'}."


def _problem(error: Any) -> str:
    name, kind, given = error["loc"][0], error["type"], error["input"]
    if kind == "missing":
        return f"{name} is missing"
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{name} {reason}, but it is {_shown(given)}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _listed(value: object) -> object:
    """Parse a list from JSON or from text with commas; other values stay as they are."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        parsed = value.split(",")
    items = parsed if isinstance(parsed, list) else value.split(",")
    return [item for item in items if not _is_nothing(item)]


def _parsed_object(value: object) -> object:
    """Return an object from its JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _stripped(value: list[str]) -> list[str]:
    return [trimmed for each in value if (trimmed := each.strip()).lower() not in NOTHING]


def _memory_id(value: str) -> str:
    """Return the canonical form of a memory's id or resource URI. Raises ValueError."""
    try:
        return str(UUID(value.strip().removeprefix(URI_PREFIX)))
    except ValueError as error:
        raise ValueError(
            "should be a memory's id, such as 0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f "
            "(search_memories finds ids)"
        ) from error


Id = Annotated[str, AfterValidator(_memory_id)]
Words = Annotated[
    list[str],
    BeforeValidator(_listed),
    AfterValidator(_stripped),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
Metadata = Annotated[
    dict[str, Any],
    BeforeValidator(_parsed_object),
    WithJsonSchema({"type": "object"}),
]
NO_METADATA: dict[str, Any] = {}
NO_WORDS: list[str] = []  # pydantic copies it for each call
Ids = Annotated[
    list[Id],
    BeforeValidator(_listed),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]


def _time_of(read_time: Callable[[str], int]) -> Callable[[object], object]:
    def parse(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return read_time(value)
        except ValueError as error:
            raise ValueError(
                "should be a date or a time in ISO 8601, such as 2026-11-23"
            ) from error

    return parse


Time = Annotated[int, BeforeValidator(_time_of(from_iso)), WithJsonSchema({"type": "string"})]
"""A time in ISO 8601 as UTC milliseconds; of a date alone its beginning."""
EndTime = Annotated[int, BeforeValidator(_time_of(end_of)), WithJsonSchema({"type": "string"})]
"""As Time; of a date alone its end."""
Cursor = Annotated[str | None, Field(description="nextCursor of the previous answer")]
MAX_POSITION = 100
"""No answer has more parts than this."""


def position(cursor: str | None) -> int:
    """Return the position at which a list continues. Raises InvalidArguments."""
    if cursor is None:
        return 0
    if not cursor.isdecimal() or int(cursor) > MAX_POSITION:
        raise InvalidArguments(
            f"cursor is {_shown(cursor)}; send nextCursor of the previous answer."
        )
    return int(cursor)
