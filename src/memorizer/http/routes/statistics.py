"""Routes and schemas for statistics of the store: counts, growth, tags, types."""

from typing import Self

from fastapi import APIRouter
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories
from memorizer.domain.embeddings import EmbeddingModel
from memorizer.domain.memories import EmbeddingStatus
from memorizer.domain.workspaces import UNFILED
from memorizer.http.dependencies import ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import Milliseconds, ResponseModel, absent
from memorizer.services.statistics import StoreStatistics


class NameCount(ResponseModel):
    """A tag or type and the number of live memories that have it."""

    name: str = Field(examples=["note"])
    count: int = Field(examples=[3])


class Tags(ResponseModel):
    """Tags in use, most used first."""

    tags: list[NameCount]
    count: int = Field(examples=[1])


class Types(ResponseModel):
    """Types in use, most used first."""

    types: list[NameCount]
    count: int = Field(examples=[1])


class Day(ResponseModel):
    """Number of memories created on a day (UTC)."""

    at: Milliseconds
    count: int = Field(examples=[3])


class Growth(ResponseModel):
    """Days (UTC) with new memories, oldest first; days without any are omitted."""

    days: list[Day]
    count: int = Field(description="Number of days listed.", examples=[1])

    @classmethod
    def of(cls, days: list[tuple[int, int]]) -> Self:
        listed = [Day(at=at, count=count) for at, count in days]
        return cls(days=listed, count=len(listed))


class ActiveModel(ResponseModel):
    """The embedding model whose vectors are searched."""

    name: str
    dimensions: int = Field(examples=[384])

    @classmethod
    def of(cls, model: EmbeddingModel) -> Self:
        return cls(name=model.name, dimensions=model.dimensions)


class Embedding(ResponseModel):
    """The configured embedding model and the one used for search."""

    configured_model: str = Field(examples=["all-MiniLM-L6-v2-int8"])
    active_model: str | None = Field(description="Null until a memory was embedded.")
    mismatch: str | SkipJsonSchema[None] = absent(
        description="What to do while the two models differ."
    )


class StoreStats(ResponseModel):
    """Statistics of the store, without deleted memories."""

    memories: int = Field(description="Includes archived memories.", examples=[3])
    archived: int = Field(examples=[0])
    untitled: int = Field(examples=[0])
    versions: int = Field(examples=[6])
    events: int = Field(examples=[6])
    relationships: int = Field(examples=[0])
    types: list[NameCount]
    tags: list[NameCount]
    embeddings: dict[EmbeddingStatus, int] = Field(
        description="Memories by embedding status.",
        examples=[{"pending": 0, "ready": 3, "failed": 0}],
    )
    model: ActiveModel | None = Field(description="Null until a memory was embedded.")
    embedding: Embedding
    database_bytes: int = Field(examples=[118784])

    @classmethod
    def of(cls, figures: StoreStatistics) -> Self:
        model = figures.model
        return cls(
            memories=figures.memories,
            archived=figures.archived,
            untitled=figures.untitled,
            versions=figures.versions,
            events=figures.events,
            relationships=figures.relationships,
            types=counted(figures.types),
            tags=counted(figures.tags),
            embeddings={status: figures.embeddings.get(status, 0) for status in EmbeddingStatus},
            model=None if model is None else ActiveModel.of(model),
            embedding=Embedding(
                configured_model=figures.configured_model,
                active_model=None if model is None else model.name,
                mismatch=figures.mismatch,
            ),
            database_bytes=figures.database_bytes,
        )


def counted(pairs: list[tuple[str, int]]) -> list[NameCount]:
    """Pairs as JSON objects."""
    return [NameCount(name=name, count=count) for name, count in pairs]


class SinceCount(ResponseModel):
    """Number of memories created later than a moment."""

    at: Milliseconds
    count: int = Field(examples=[3])


class Facets(ResponseModel):
    """How many memories meet the conditions, and by what they have."""

    total: int = Field(description="Memories that meet every condition.", examples=[3])
    workspaces: list[NameCount] = Field(
        description="By path, each with what is below it; `unfiled` for memories in none."
    )
    types: list[NameCount]
    tags: list[NameCount]
    sources: list[NameCount]
    since: list[SinceCount] = Field(description="In the order in which the moments were given.")

    @classmethod
    def of(cls, facets: memories.Facets) -> Self:
        return cls(
            total=facets.total,
            workspaces=counted([(path or UNFILED, n) for path, n in facets.workspaces]),
            types=counted(facets.types),
            tags=counted(facets.tags),
            sources=counted(facets.sources),
            since=[SinceCount(at=at, count=count) for at, count in facets.since],
        )


router = APIRouter(prefix="/api", tags=["statistics"], responses=problems(400, 403, 503))


@router.get("/stats")
async def get_stats(services: ServicesDep) -> StoreStats:
    """Return statistics of the store."""
    return StoreStats.of(await services.statistics.totals())


@router.get("/stats/growth")
async def get_growth(services: ServicesDep) -> Growth:
    """Return the number of memories created on each day."""
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
