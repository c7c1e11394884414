"""Memories that say nearly the same."""

from typing import Annotated

from fastapi import APIRouter, Query

from memorizer.http.dependencies import ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas.duplicates import Duplicates, DuplicatesQuery

router = APIRouter(
    prefix="/api/duplicates", tags=["search"], responses=problems(400, 403, 422, 503)
)


@router.get("")
async def list_duplicates(
    services: ServicesDep, wanted: Annotated[DuplicatesQuery, Query()]
) -> Duplicates:
    """List pairs of live memories that say nearly the same. Nothing is merged or deleted.

    Each page compares some memories with the older ones nearest to them.
    """
    before = None if wanted.cursor is None else str(wanted.cursor)
    found = await services.duplicates.near(wanted.threshold, before=before, limit=wanted.limit)
    return Duplicates.of(found)
