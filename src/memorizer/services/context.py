"""The context pack: what an agent is told without asking, at the start and with each prompt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memorizer.domain.context import (
    DEFAULT_BUDGET,
    DONE,
    MAX_BUDGET,
    MAX_OPEN,
    MAX_RECENT,
    MAX_RELEVANT,
    MAX_SESSION,
    MIN_BUDGET,
    MIN_PROMPT_TERMS,
    OPEN_TYPES,
    UNASKED_RELEVANCE,
    ContextPack,
    PackedMemory,
    Part,
    pack,
)
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Filter, Memory, check_text, fold
from memorizer.domain.relevance import Match
from memorizer.domain.search import Query
from memorizer.domain.text_analysis import terms
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.search import SearchService

MAX_PINNED = 200


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """What a pack is wanted for. `query`: the prompt; `session`: an agent's session, any name.

    `caller`: the id of the token, for sessions of others are no business of its.
    """

    query: str | None = None
    budget: int = DEFAULT_BUDGET
    session: str | None = None
    caller: str = ""

    def __post_init__(self) -> None:
        """Check every field. Raises InvalidField."""
        if not MIN_BUDGET <= self.budget <= MAX_BUDGET:
            raise InvalidField("budget", f"must lie between {MIN_BUDGET:,} and {MAX_BUDGET:,}")
        if self.session is not None:
            check_text("session", self.session, longest=MAX_SESSION)

    @property
    def session_key(self) -> str | None:
        """Return under which name it is noted what the session was shown."""
        return None if self.session is None else f"{self.caller}:{self.session}"


@dataclass(frozen=True, slots=True)
class ContextService:
    """Makes context packs."""

    database: Database
    search: SearchService
    clock: Clock

    async def pack(self, request: ContextRequest) -> ContextPack:
        """Return what is pinned, open, recent, and relevant to the query, within the budget.

        A session gets all of that once: with its first request, and again with each one that has
        no query, since an agent asks so when its session begins or has lost its beginning. Its
        other queries get only what is relevant and was not shown to it yet.
        """
        shown = await self._shown(request)
        is_known = shown is not None
        current = self._current()
        items: list[PackedMemory] = []
        if not (is_known and request.query):
            items += await self.database.read(lambda tx: _standing(tx, current))
        if request.query:
            wanted = Query(request.query, limit=MAX_RELEVANT, filter=current)
            items += await self._relevant(wanted, shown or set())
        packed = pack(items, request.budget)
        await self._note(request, packed, starts=not request.query)
        return packed

    def _current(self) -> Filter:
        """Return what a pack may contain: nothing archived, replaced or out of date."""
        return Filter().current_at(self.clock.now())

    async def _relevant(self, query: Query, shown: set[str]) -> list[PackedMemory]:
        """Return what answers the query and was not shown yet."""
        if len(terms(query.text)) < MIN_PROMPT_TERMS:
            return []
        hits = (await self.search.search(query)).hits
        if max((hit.relevance for hit in hits), default=0.0) < UNASKED_RELEVANCE:
            return []
        return [
            PackedMemory(hit.memory, Part.RELEVANT, round(hit.relevance, 4))
            for hit in hits
            if hit.match is not Match.WEAK and hit.memory.id not in shown
        ]

    async def _shown(self, request: ContextRequest) -> set[str] | None:
        if (key := request.session_key) is None:
            return None
        return await self.database.read(lambda tx: tx.shown.list_for(key))

    async def _note(self, request: ContextRequest, packed: ContextPack, *, starts: bool) -> None:
        if (key := request.session_key) is None or not (packed.items or starts):
            return
        ids = [item.memory.id for item in packed.items]

        def transaction(tx: MemoryTransaction) -> None:
            if starts:
                tx.shown.forget(key)
            tx.shown.add(key, ids, self.clock.now())

        await self.database.write(transaction)


def _standing(tx: MemoryTransaction, current: Filter) -> list[PackedMemory]:
    """Return what every session should know, whatever it is about."""
    pinned = tx.memories.page(replace(current, pinned=True), before=None, limit=MAX_PINNED)
    open_ = [
        memory
        for memory in tx.memories.page(
            replace(current, types=OPEN_TYPES), before=None, limit=2 * MAX_OPEN
        )
        if DONE.isdisjoint(map(fold, memory.content.tags))
    ]
    recent = tx.memories.page(current, before=None, limit=MAX_RECENT)
    return [
        *_as(Part.PINNED, pinned),
        *_as(Part.OPEN, open_[:MAX_OPEN]),
        *_as(Part.RECENT, recent),
    ]


def _as(part: Part, memories: Sequence[Memory]) -> list[PackedMemory]:
    return [PackedMemory(memory, part) for memory in memories]
