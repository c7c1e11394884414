"""Routes and schemas for search and similar memories."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories, search
from memorizer.domain.keys import parse_key_prefix
from memorizer.domain.metadata import parse_conditions
from memorizer.domain.relevance import Match
from memorizer.domain.search import MAX_LIMIT, MAX_QUERY, Leg, Sort
from memorizer.domain.validity import held_at
from memorizer.http.dependencies import MemoryId, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.recalling import NotesDep
from memorizer.http.routes.memories_schemas import KeyPrefix, Memory, MemoryOutline
from memorizer.http.schemas import (
    INCLUDE_UNFILED,
    WORKSPACE,
    Cosine,
    DayEnd,
    Labels,
    MetadataConditions,
    Moment,
    NotNumber,
    RequestModel,
    ResponseModel,
    Score,
    Storable,
    Visible,
    Whole,
    absent,
    milliseconds,
)

Words = Annotated[str, StringConstraints(min_length=1), Storable, Visible]


ArchivedToo = Annotated[Literal[False, True, "all"], NotNumber]


class SearchRequest(RequestModel):
    """What to look for. Types, tags, dates and archived are conditions, applied before ranking."""

    query: Words = Field(
        description="Words or a question, in any language. Of more than "
        f"{MAX_QUERY:,} characters the first, the last and the rarest words count.",
        examples=["AI"],
    )
    limit: Whole = Field(10, ge=1, le=MAX_LIMIT, description="Maximum number of hits.")
    threshold: Cosine | None = Field(
        None,
        description="The least `similarity` of a hit; none by default. Not applied while only "
        "words can be searched.",
        examples=[0.3],
    )
    min_relevance: Score | None = Field(
        None, description="The least `relevance` of a hit; none by default.", examples=[0.3]
    )
    types: Labels = Field([], description="Any of these types.", examples=[["note"]])
    tags: Labels = Field([], description="All of these tags.", examples=[["ai"]])
    sources: Labels = Field([], description="Any of these sources, spelled as they are.")
    created_after: Moment | None = Field(None, description="Later than this time (ISO 8601).")
    created_before: Moment | None = Field(None, description="Earlier than this time.")
    archived: ArchivedToo = Field(False, description="Only live, only archived, or all memories.")
    metadata: MetadataConditions = Field(
        {},
        description="Conditions on metadata, all of which must hold: a value, or an object of "
        "`$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte` and `$in`. Numbers compare as numbers, texts "
        "by code points; a missing value counts as null.",
    )
    key_prefix: KeyPrefix | None = Field(
        None, description="Only those whose key begins so.", examples=["projects/billing/"]
    )
    include_superseded: bool = Field(
        False,
        strict=True,
        description="Also memories that are replaced, expired or not valid yet; they are marked.",
    )
    as_of: DayEnd | None = Field(
        None,
        description="What held at this time, instead of now; of a date alone at its end.",
        examples=["2026-03-31"],
    )
    read_time: bool = Field(
        True,
        strict=True,
        description="Whether words of time (`last week`, `im März`, `ayer`, `hier`) make what was "
        "stored or happened then count for more. They exclude nothing: `createdAfter` and "
        "`createdBefore` do.",
    )
    sort: Sort = Field(
        Sort.RELEVANCE,
        description="`newest`: of the hits, those that were stored last come first.",
    )
    workspace: str | None = Field(None, max_length=1_000, description=WORKSPACE)
    include_unfiled: bool = Field(False, strict=True, description=INCLUDE_UNFILED)
    include_content: bool = Field(
        True, strict=True, description="Whether hits include the memory's text."
    )
    explain: bool = Field(False, strict=True, description="Whether hits explain their score.")

    def as_query(self) -> search.Query:
        """Convert to a domain query. Raises InvalidField."""
        filter_ = memories.Filter(
            types=tuple(self.types),
            tags=tuple(self.tags),
            sources=tuple(self.sources),
            created_after=milliseconds(self.created_after),
            created_before=milliseconds(self.created_before),
            archived=None if self.archived == "all" else self.archived,
            metadata=parse_conditions(self.metadata),
            key_prefix=None if self.key_prefix is None else parse_key_prefix(self.key_prefix),
            validity=held_at(milliseconds(self.as_of)),
        )
        return search.Query(
            self.query,
            self.limit,
            self.threshold,
            filter_,
            min_relevance=self.min_relevance,
            include_superseded=self.include_superseded,
            sort=self.sort,
            read_time=self.read_time,
        )


class FoundMemory(MemoryOutline):
    """A memory in a response, without its text if `includeContent` is false."""

    text: str | SkipJsonSchema[None] = absent(description="Omitted with `includeContent: false`.")


class LegScore(ResponseModel):
    """A hit's rank and score in one leg of the search."""

    leg: Leg = Field(description="fullText: by words; content, metadata: by meaning.")
    rank: int = Field(description="Its rank in this leg, from 1.", examples=[1])
    score: float = Field(description="The leg's own score, higher is better.", examples=[0.62])
    contribution: float = Field(description="Its contribution to the hit's score.", examples=[0.33])


class Reranked(ResponseModel):
    """What the reranking model made of a hit."""

    score: float = Field(description="From 0 to 1, by the model alone.", examples=[0.97])
    rank_before: int = Field(description="Its rank by words and vectors, from 1.", examples=[4])


class SearchHit(ResponseModel):
    """One hit."""

    memory: FoundMemory
    score: float = Field(
        description="Higher is better; comparable only within one answer.", examples=[0.78]
    )
    relevance: float = Field(
        description="The estimated probability that it answers the query; comparable between "
        "answers.",
        examples=[0.91],
    )
    match: Match = Field(
        description="strong: very probably an answer; likely: worth reading; weak: probably only "
        "the nearest there is.",
        examples=[Match.STRONG],
    )
    similarity: float | SkipJsonSchema[None] = absent(
        description="The cosine of its nearer vector; absent if it has none, or if only words were "
        "searched.",
        examples=[0.62],
    )
    matched_on: list[Leg] = Field(
        description="The legs that found it.", examples=[[Leg.FULL_TEXT, Leg.CONTENT]]
    )
    copies: int = Field(
        description="How many memories have this text, this one included; white space aside.",
        examples=[1],
    )
    near_duplicate_of: str | SkipJsonSchema[None] = absent(
        description="The id of a better hit that says nearly the same; other hits that match come "
        "before this one."
    )
    time_bonus: float | SkipJsonSchema[None] = absent(
        description="What its score has gained because it is of the time in `readAs`."
    )
    explanation: list[LegScore] | SkipJsonSchema[None] = absent(
        description="The parts of the score; only with `explain: true`."
    )
    rerank: Reranked | SkipJsonSchema[None] = absent(
        description="Only with `explain: true` and a reranking model. It decides the order, and "
        "the hits' scores are dealt out in this order."
    )

    @classmethod
    def of(cls, hit: search.Hit, wanted: SearchRequest) -> Self:
        text = {} if wanted.include_content else {"text": None}
        return cls(
            memory=FoundMemory.of(hit.memory, **text),
            score=hit.score,
            relevance=hit.relevance,
            match=hit.match,
            similarity=hit.similarity,
            matched_on=[part.leg for part in hit.legs],
            copies=hit.copies,
            near_duplicate_of=hit.near_duplicate_of,
            time_bonus=hit.time_bonus or None,
            explanation=_explain(hit) if wanted.explain else None,
            rerank=Reranked(score=hit.rerank.score, rank_before=hit.rerank.rank_before)
            if wanted.explain and hit.rerank
            else None,
        )


class SearchAnswer(ResponseModel):
    """All hits, best first."""

    results: list[SearchHit]
    count: int = Field(examples=[1])
    query: str = Field(examples=["AI"])
    read_as: str | SkipJsonSchema[None] = absent(
        description="The time that words of the query were read as; what is of that time counts "
        "for more.",
        examples=["March"],
    )
    degraded: str | SkipJsonSchema[None] = absent(
        description="Present only if a part of the search was unavailable (which, and why), "
        "or a long query was cut."
    )

    @classmethod
    def of(cls, answer: search.Answer, wanted: SearchRequest) -> Self:
        return cls(
            results=[SearchHit.of(hit, wanted) for hit in answer.hits],
            count=len(answer.hits),
            query=answer.query.text,
            degraded=answer.degraded,
            read_as=answer.read_as,
        )


class SimilarMemory(ResponseModel):
    """A memory similar to another one."""

    memory: Memory
    similarity: float = Field(description="The cosine, at most 1.", examples=[0.71])


class SimilarMemories(ResponseModel):
    """The most similar memories, most similar first."""

    similar: list[SimilarMemory]
    count: int = Field(examples=[1])

    @classmethod
    def of(cls, found: list[search.Similar]) -> Self:
        similar = [
            SimilarMemory(memory=Memory.of(near.memory), similarity=near.similarity)
            for near in found
        ]
        return cls(similar=similar, count=len(similar))


def _explain(hit: search.Hit) -> list[LegScore]:
    return [
        LegScore(leg=part.leg, rank=part.rank, score=part.score, contribution=part.contribution)
        for part in hit.legs
    ]


router = APIRouter(prefix="/api", tags=["search"], responses=problems(400, 403, 422, 503))


@router.post("/search", responses=problems(404, 413, 415))
async def search_memories(
    body: SearchRequest, services: ServicesDep, notes: NotesDep
) -> SearchAnswer:
    """Search by words and by meaning. `degraded` says if one of them was unavailable."""
    narrowed = await services.narrowed(body.workspace, include_unfiled=body.include_unfiled)
    answer = await narrowed.search.search(body.as_query())
    notes.answer(narrowed, answer)
    return SearchAnswer.of(answer, body)


@router.get("/memories/{memoryId}/similar", responses=problems(404))
async def list_similar(
    memory_id: MemoryId,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Maximum number of results.")] = 10,
    threshold: Annotated[
        float | None,
        Query(ge=-1, le=1, allow_inf_nan=False, description="Minimum cosine similarity."),
    ] = None,
) -> SimilarMemories:
    """List the live memories with the most similar content, most similar first."""
    found = await services.search.similar(memory_id, limit=limit, threshold=threshold)
    return SimilarMemories.of(found)
