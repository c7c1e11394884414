"""Health as JSON."""

from typing import Literal, Self

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.http.schemas.base import ResponseModel, Timestamp, absent
from memorizer.services import health


class Alive(ResponseModel):
    """The process answers."""

    status: Literal["ok"]
    timestamp: Timestamp


class Check(ResponseModel):
    """One part, tried for real some seconds ago at most."""

    part: str = Field(examples=["database"])
    ok: bool = Field(examples=[True])
    detail: str = Field(examples=["readable and writable, 0.3 MB"])
    hint: str | SkipJsonSchema[None] = absent(description="What to do when it is not ok.")


class Readiness(ResponseModel):
    """Whether requests can be served."""

    status: Literal["ready", "degraded", "unavailable", "stopping"] = Field(
        description="degraded: memories are kept and found by words, but some part fails; "
        "unavailable: the database fails; stopping: the server is about to stop, ask another "
        "one (the reply's status is 503 for these two)."
    )
    checks: list[Check]

    @classmethod
    def of(cls, checks: list[health.Check]) -> Self:
        failing = {check.part for check in checks if not check.ok}
        status = "unavailable" if health.VITAL in failing else "degraded" if failing else "ready"
        parts = [Check(part=c.part, ok=c.ok, detail=c.detail, hint=c.hint) for c in checks]
        return cls.model_validate({"status": status, "checks": parts})
