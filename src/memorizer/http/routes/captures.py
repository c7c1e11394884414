"""The route that takes parts of agents' transcripts, and its schemas."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.captures import MAX_PART, MAX_SESSION, NewCapture
from memorizer.http.dependencies import Caller, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import RequestModel, ResponseModel, absent

router = APIRouter(
    prefix="/api/captures", tags=["proposals"], responses=problems(400, 403, 413, 415, 422, 503)
)


class CapturedPart(RequestModel):
    """The new part of a session's transcript."""

    session: str = Field(
        min_length=1, max_length=MAX_SESSION, description="The session's id.", examples=["9f2c"]
    )
    client: Literal["claude-code", "codex", "cursor", "gemini"] = Field(examples=["claude-code"])
    transcript: str = Field(
        min_length=1,
        max_length=MAX_PART,
        description="Lines of JSON as the client writes them.",
        examples=['{"type":"user","message":{"role":"user","content":"From now on we use uv."}}'],
    )
    workspace: str | None = Field(
        None, min_length=1, max_length=1_000, description="The id or path of a workspace."
    )


class Captured(ResponseModel):
    """What becomes of a part."""

    message: str = Field(examples=["Capture queued"])
    job_id: str | SkipJsonSchema[None] = absent(
        description="The job that makes proposals of it; omitted if the same was sent before."
    )


@router.post("", status_code=202, responses=problems(404))
async def capture(body: CapturedPart, services: ServicesDep, caller: Caller) -> Captured:
    """Take the new part of an agent's transcript; a job proposes memories from it.

    Secrets are masked before anything is stored, and what Memorizer itself told the agent is left
    out. The same part again changes nothing.
    """
    new = NewCapture(body.session, body.client, body.transcript, body.workspace)
    taken = await services.captures.take(new, caller=caller)
    message = "Capture queued" if taken.job_id else "This part was captured before"
    return Captured(message=message, job_id=taken.job_id)
