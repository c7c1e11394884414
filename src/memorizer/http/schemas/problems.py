"""The one shape of every error."""

from pydantic import Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from memorizer.http.schemas.base import ResponseModel, absent


class Problem(ResponseModel):
    """What went wrong, and what to do about it."""

    error: str = Field(description="A short name.", examples=["Not found"])
    message: str = Field(
        description="What happened, and what to do.",
        examples=["There is no memory '01936f5e-…'. It may have been deleted."],
    )
    details: dict[str, JsonValue] | list[JsonValue] | SkipJsonSchema[None] = absent(
        description="Facts to act on: a field and its problem, the current version, …"
    )
    hint: str | SkipJsonSchema[None] = absent(description="How to mend a part that is down.")
