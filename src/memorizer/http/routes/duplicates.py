"""Routes and schemas for pairs of near-duplicate memories."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.search import MAX_LIMIT
from memorizer.http.dependencies import ServicesDep
from memorizer.http.errors import problems
from memorizer.http.routes.memories_schemas import MEMORY_ID, MemoryOutline
from memorizer.http.schemas import ResponseModel, ScopedQuery, absent
from memorizer.services import duplicates as found

DEFAULT_SIMILARITY = 0.95


class DuplicatesQuery(ScopedQuery):
    """Similarity threshold and page size."""

    threshold: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = Field(
        DEFAULT_SIMILARITY, description="Minimum cosine similarity of the two texts."
    )
    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="Approximate number of pairs in a page.")
    cursor: UUID | None = Field(None, description="`nextCursor` of the previous page.")


class Pair(ResponseModel):
    """Two memories with nearly the same text."""

    memory: MemoryOutline
    older: MemoryOutline = Field(description="The older of the two.")
    similarity: float = Field(
        description="The cosine of their texts with their titles; 1 if the texts are the same.",
        examples=[0.97],
    )


class Duplicates(ResponseModel):
    """Pairs, the newest memories first. A page may be short or empty without being the last."""

    pairs: list[Pair]
    count: int = Field(description="Number of items in this page.", examples=[1])
    examined: int = Field(
        description="Number of memories compared with all older ones.", examples=[100]
    )
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` to continue; omitted when all memories were examined.",
        examples=[MEMORY_ID],
    )

    @classmethod
    def of(cls, page: found.DuplicatesPage) -> Self:
        pairs = [
            Pair(
                memory=MemoryOutline.of(pair.memory),
                older=MemoryOutline.of(pair.older),
                similarity=pair.similarity,
            )
            for pair in page.pairs
        ]
        return cls(
            pairs=pairs,
            count=len(pairs),
            examined=page.examined,
            next_cursor=page.cursor,
        )


router = APIRouter(
    prefix="/api/duplicates", tags=["search"], responses=problems(400, 403, 422, 503)
)


@router.get("")
async def list_duplicates(
    services: ServicesDep, wanted: Annotated[DuplicatesQuery, Query()]
) -> Duplicates:
    """List pairs of live memories with nearly the same text. Nothing is merged or deleted.

    Each page compares some memories with the older ones most similar to them.
    """
    before = None if wanted.cursor is None else str(wanted.cursor)
    found = await services.duplicates.find_pairs(
        wanted.threshold, before=before, limit=wanted.limit
    )
    return Duplicates.of(found)
