"""Routes and schemas for secrets that are stored: a list, and their purge."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories
from memorizer.domain.secrets import masked
from memorizer.http.dependencies import Actor, AdminServicesDep, MemoryId
from memorizer.http.errors import problems
from memorizer.http.routes.memories_schemas import MEMORY_ID, Memory
from memorizer.http.schemas import ResponseModel, absent
from memorizer.services import secret_scan as found

MAX_EXAMINED = 500
MAX_TITLE = 80


class SecretFinding(ResponseModel):
    """A version that holds what looks like secrets; never the secrets themselves."""

    memory_id: str = Field(examples=[MEMORY_ID])
    title: str = Field(
        description="The memory's title, or the beginning of its text; without secrets.",
        examples=["Deploying"],
    )
    version: int = Field(examples=[1])
    current: bool = Field(description="Whether it is the version that lists and searches show.")
    kinds: list[str] = Field(description="What they look like.", examples=[["GitHub token"]])


class SecretFindings(ResponseModel):
    """Findings, the newest memories first. A page may be empty without being the last."""

    findings: list[SecretFinding]
    count: int = Field(description="Number of items in this page.", examples=[1])
    examined: int = Field(description="Number of memories examined.", examples=[500])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` to continue; omitted when all memories were examined.",
        examples=[MEMORY_ID],
    )

    @classmethod
    def of(cls, page: found.SecretPage) -> Self:
        findings = [
            SecretFinding(
                memory_id=each.memory.id,
                title=_title(each.memory),
                version=each.version,
                current=each.is_current,
                kinds=list(each.kinds),
            )
            for each in page.findings
        ]
        return cls(
            findings=findings,
            count=len(findings),
            examined=page.examined,
            next_cursor=page.cursor,
        )


def _title(memory: memories.Memory) -> str:
    return masked(memory.content.title or memory.content.text)[:MAX_TITLE]


class SecretsPurged(ResponseModel):
    """The memory without its secrets, and the versions whose content was purged."""

    memory: Memory
    versions: list[int] = Field(description="Their numbers.", examples=[[1, 2]])


router = APIRouter(prefix="/api/admin/secrets", tags=["history"], responses=problems(400, 403, 503))


@router.get("", responses=problems(422))
async def list_secrets(
    services: AdminServicesDep,
    limit: Annotated[
        int, Query(ge=1, le=MAX_EXAMINED, description="Number of memories to examine.")
    ] = MAX_EXAMINED,
    cursor: Annotated[UUID | None, Query(description="`nextCursor` of the previous page.")] = None,
) -> SecretFindings:
    """Search all versions of memories for what looks like a secret. Nothing is changed."""
    before = None if cursor is None else str(cursor)
    return SecretFindings.of(await services.secret_scan.page(before=before, limit=limit))


@router.post("/{memoryId}/purge", responses=problems(404, 422))
async def purge_secrets(
    memory_id: MemoryId, services: AdminServicesDep, actor: Actor
) -> SecretsPurged:
    """Mask a memory's secrets in a new version, and purge all versions that hold some.

    It cannot be undone. Backups and exports that were made before still hold them.
    """
    memory, versions = await services.secret_scan.purge(memory_id, actor=actor)
    return SecretsPurged(memory=Memory.of(memory), versions=versions)
