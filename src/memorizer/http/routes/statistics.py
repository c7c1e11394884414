"""Figures about the store, and the words in use."""

from fastapi import APIRouter

from memorizer.http.dependencies import ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas.statistics import Growth, StoreStats, Tags, Types, counted

router = APIRouter(prefix="/api", tags=["statistics"], responses=problems(400, 403, 503))


@router.get("/stats")
async def get_stats(services: ServicesDep) -> StoreStats:
    """Count what is in the store."""
    return StoreStats.of(await services.statistics.figures())


@router.get("/stats/growth")
async def get_growth(services: ServicesDep) -> Growth:
    """Count the memories that came on each day."""
    return Growth.of(await services.statistics.growth())


@router.get("/tags")
async def list_tags(services: ServicesDep) -> Tags:
    """List the tags in use, most used first."""
    tags = counted(await services.statistics.tags())
    return Tags(tags=tags, count=len(tags))


@router.get("/types")
async def list_types(services: ServicesDep) -> Types:
    """List the types in use, most used first."""
    types = counted(await services.statistics.types())
    return Types(types=types, count=len(types))
