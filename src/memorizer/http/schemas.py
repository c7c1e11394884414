"""Base classes and shared field types of all JSON schemas: camelCase, unknown fields refused."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.errors import InvalidField
from memorizer.domain.keys import MAX_KEY_BYTES
from memorizer.domain.memories import MAX_LABEL, MAX_TAGS, check_text
from memorizer.domain.metadata import (
    MAX_CHOICES,
    MAX_CONDITIONS,
    MAX_NAME_BYTES,
    MAX_NUMBER,
    ORDERED,
    Operator,
)

WORKSPACE = (
    "Only what is in this workspace and those below it: an id, a path such as "
    "`acme/billing-api`, or `unfiled`. One that does not exist, or that the token may not see, is "
    "404."
)
INCLUDE_UNFILED = "With `workspace`: also memories that are in no workspace."


def _without_titles(schema: dict[str, Any]) -> None:
    """Remove the generated titles of fields: they only repeat the names."""
    for field in schema.get("properties", {}).values():
        field.pop("title", None)


class ResponseModel(BaseModel):
    """Base of the JSON of responses."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
        json_schema_extra=_without_titles,
    )


class RequestModel(BaseModel):
    """Base of the JSON of requests. An unknown field is an error."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=_without_titles,
    )


class ScopedQuery(RequestModel):
    """What every query of memories takes; dependencies.py reads it."""

    workspace: str | None = Field(None, max_length=1_000, description=WORKSPACE)
    include_unfiled: bool = Field(False, description=INCLUDE_UNFILED)


def absent(**described: Any) -> Any:
    """Declare a field that is left out when it is None; its type is `T | SkipJsonSchema[None]`.

    So the schema, and every client generated from it, says "maybe missing" and not "maybe null".
    """
    return Field(default_factory=_nothing, exclude_if=_is_none, **described)


def unset(**described: Any) -> Any:
    """Declare a field of a change: left as it is unless given, so it has no default to show."""
    return Field(default_factory=_nothing, **described)


def milliseconds(moment: datetime | None) -> int | None:
    """UTC milliseconds since 1970; a time without a zone is in UTC."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def _nothing() -> None:
    """As a factory: unlike a default of None, it does not show in the schema."""


def _is_none(value: object) -> bool:
    return value is None


def _storable(value: str) -> str:
    """Refuse here, where pydantic knows the field's full name, what the domain refuses."""
    try:
        check_text("", value, longest=len(value))
    except InvalidField as error:
        raise ValueError(error.problem) from error
    return value


def _iso_text(value: object) -> object:
    """Refuse what would be taken for a number of seconds."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("must be a time in ISO 8601, such as 2026-11-23T09:30:00Z")
    return _PLUS_LOST.sub(r"\1+\2", value)


def _end_of_day(value: object) -> object:
    """Return the first moment of the next day for a date without a time."""
    if not isinstance(value, str) or not _ONLY_DATE.match(value.strip()):
        return value
    try:
        return datetime.fromisoformat(value.strip()).replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a time in ISO 8601, such as 2026-11-23T09:30:00Z") from error


def _whole(value: object) -> object:
    """To JSON, 3.0 is an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_numbers(value: object) -> object:
    """JSON has true and false; that Python takes 1 for True is none of the client's business."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError('must be true, false or "all"')  # noqa: TRY004 - pydantic's way to refuse
    return value


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


_ONLY_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")


_PLUS_LOST = re.compile(r"^(\d{4}-\d{2}-\d{2}[T ][\d:.]+) (\d{2}:?\d{2})$")
"""A zone without its +, which stands for a blank in an address unless it is escaped as %2B."""


METADATA_NAME: Final = r"^[^$\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"


_METADATA_NAMES: Final = {"pattern": METADATA_NAME, "maxLength": MAX_NAME_BYTES}
_METADATA_TEXT: Final = {"type": "string", "pattern": r"^[^\u0000]*$"}
_METADATA_NUMBER: Final = {"type": "number", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}
_OTHER_METADATA: Final = ({"type": "boolean"}, {"type": "null"})
_ANY_METADATA: Final = {"anyOf": [_METADATA_TEXT, _METADATA_NUMBER, *_OTHER_METADATA]}
_OPERATORS: Final = {
    Operator.EQUAL: _ANY_METADATA,
    Operator.NOT_EQUAL: _ANY_METADATA,
    **{key: {"anyOf": [_METADATA_TEXT, _METADATA_NUMBER]} for key in ORDERED},
    Operator.IN: {
        "type": "array",
        "items": _ANY_METADATA,
        "minItems": 1,
        "maxItems": MAX_CHOICES,
    },
}


_IN_KEYS: Final = r"/\u0000-\u001f\u007f-\u009f"
_PART: Final = rf"([^.{_IN_KEYS}][^{_IN_KEYS}]*|\.[^.{_IN_KEYS}][^{_IN_KEYS}]*|\.\.[^{_IN_KEYS}]+)"
KEY: Final = f"^{_PART}(/{_PART})*$"
"""Documents in the schema what the domain checks: parts, of which none is empty, `.` or `..`."""


Timestamp = Annotated[
    str,
    Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T09:30:00.000Z"]),
]


Milliseconds = Annotated[
    int, Field(description="UTC milliseconds since 1970.", examples=[1733745600000])
]


Moment = Annotated[datetime, BeforeValidator(_iso_text)]


DayEnd = Annotated[datetime, BeforeValidator(_end_of_day), BeforeValidator(_iso_text)]
"""A moment; of a date alone the end of that day."""


AsWhole = BeforeValidator(_whole)


Whole = Annotated[int, Field(strict=True), AsWhole]


Storable = AfterValidator(_storable)


Visible = Field(
    json_schema_extra={"pattern": r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"}
)
"""Documents in the schema what the domain checks: not blank, no NUL."""


NotNumber = BeforeValidator(_refuse_numbers)


Label = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LABEL),
    Storable,
    Visible,
]


Labels = Annotated[list[Label], Field(max_length=MAX_TAGS)]


Score = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]


Cosine = Annotated[float, Field(strict=True, ge=-1, le=1, allow_inf_nan=False)]


MetadataValue = StrictStr | StrictBool | StrictInt | StrictFloat | None


MetadataObject = Annotated[
    dict[str, MetadataValue],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": _METADATA_NAMES,
            "additionalProperties": _ANY_METADATA,
            "examples": [{"ticket": "X-1", "priority": 2}],
        }
    ),
]


MetadataConditions = Annotated[
    dict[str, JsonValue],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": _METADATA_NAMES,
            "maxProperties": MAX_CONDITIONS,
            "additionalProperties": {
                "anyOf": [
                    *(_METADATA_TEXT, _METADATA_NUMBER, *_OTHER_METADATA),
                    {
                        "type": "object",
                        "properties": _OPERATORS,
                        "additionalProperties": False,
                        "minProperties": 1,
                    },
                ]
            },
            "examples": [{"ticket": "X-1", "priority": {"$gte": 2}}],
        }
    ),
]


Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_KEY_BYTES),
    Field(json_schema_extra={"pattern": KEY}),
]


class Problem(ResponseModel):
    """What went wrong, and what to do about it."""

    error: str = Field(description="A short name.", examples=["Not found"])
    message: str = Field(
        description="What happened and what to do.",
        examples=["There is no memory '01936f5e-…'. It may have been deleted."],
    )
    details: dict[str, JsonValue] | list[JsonValue] | SkipJsonSchema[None] = absent(
        description="Facts to act on: a field and its problem, the current version, …"
    )
    hint: str | SkipJsonSchema[None] = absent(description="How to fix an unavailable component.")
