"""The context pack: route and schemas."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from memorizer.domain.context import (
    DEFAULT_BUDGET,
    MAX_BUDGET,
    MAX_SESSION,
    MIN_BUDGET,
    ContextPack,
    Part,
)
from memorizer.domain.search import MAX_QUERY
from memorizer.http.dependencies import Caller, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.recalling import NotesDep
from memorizer.http.routes.memories_schemas import MEMORY_ID
from memorizer.http.schemas import ResponseModel, ScopedQuery, Storable, Visible
from memorizer.services.context import ContextRequest

router = APIRouter(prefix="/api/context", tags=["search"], responses=problems(400, 403, 503))

Prompt = Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUERY), Storable, Visible]
Session = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SESSION), Storable, Visible]


class ContextQuery(ScopedQuery):
    """What a context pack is wanted for."""

    q: Prompt | None = Field(
        None,
        description="A prompt. Memories are added that answer it, and none where none does.",
        examples=["When do we deploy?"],
    )
    budget: int = Field(
        DEFAULT_BUDGET, ge=MIN_BUDGET, le=MAX_BUDGET, description="Characters of `markdown`."
    )
    session: Session | None = Field(
        None,
        description="The name of an agent's session. With its first request, and with each "
        "without `q`, it gets the whole pack; with others only what is relevant and was not shown "
        "to it within seven days.",
    )


class ContextItem(ResponseModel):
    """A memory in the pack."""

    id: str = Field(examples=[MEMORY_ID])
    part: Part = Field(description="Why it is there.", examples=[Part.PINNED])


class Context(ResponseModel):
    """Memories that an agent should know without asking."""

    markdown: str = Field(
        description="A heading for each part and a line for each memory: "
        "`- [id] title: first sentence (date)`. Empty if there is nothing to say.",
    )
    ids: list[str] = Field(description="The memories in it, in its order.", examples=[[MEMORY_ID]])
    items: list[ContextItem] = Field(description="The same, with the reason for each.")
    omitted: int = Field(description="How many had no room in the budget.", examples=[0])

    @classmethod
    def of(cls, packed: ContextPack) -> Self:
        items = [ContextItem(id=item.memory.id, part=item.part) for item in packed.items]
        return cls(
            markdown=packed.markdown,
            ids=[item.id for item in items],
            items=items,
            omitted=packed.omitted,
        )


@router.get("", responses=problems(404, 422))
async def get_context(
    services: ServicesDep,
    wanted: Annotated[ContextQuery, Query()],
    caller: Caller,
    notes: NotesDep,
) -> Context:
    """Return what is pinned, open and recent, and what is relevant to `q`, as Markdown."""
    request = ContextRequest(wanted.q, wanted.budget, wanted.session, caller)
    packed = await services.context.pack(request)
    notes.pack(services, packed, wanted.q)
    return Context.of(packed)
