"""Finding memories: by a query, and by being near another memory."""

from typing import Annotated

from fastapi import APIRouter, Query

from memorizer.domain.search import MAX_LIMIT
from memorizer.http.dependencies import MemoryId, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas.search import SearchAnswer, SearchRequest, SimilarMemories

router = APIRouter(prefix="/api", tags=["search"], responses=problems(400, 403, 422, 503))


@router.post("/search", responses=problems(413, 415))
async def search_memories(body: SearchRequest, services: ServicesDep) -> SearchAnswer:
    """Search by words and by meaning at once. `degraded` says so when one of them is missing."""
    return SearchAnswer.of(await services.search.search(body.as_query()), body)


@router.get("/memories/{memoryId}/similar", responses=problems(404))
async def list_similar(
    memory_id: MemoryId,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The most to return.")] = 10,
    threshold: Annotated[
        float | None,
        Query(ge=-1, le=1, allow_inf_nan=False, description="The least similarity (a cosine)."),
    ] = None,
) -> SimilarMemories:
    """List the live memories whose content is nearest, nearest first."""
    found = await services.search.similar(memory_id, limit=limit, threshold=threshold)
    return SimilarMemories.of(found)
