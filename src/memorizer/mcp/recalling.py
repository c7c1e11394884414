"""Notes what tools, prompts and resources show of memories, for the log of recalls."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from memorizer.domain.context import ContextPack
from memorizer.domain.recalls import Door, Recaller
from memorizer.domain.search import Answer, Hit
from memorizer.services import MemoryServices
from memorizer.services.context import ContextRequest
from memorizer.services.recalls import shown_hits, shown_in_pack


@dataclass(frozen=True, slots=True)
class RecallNotes:
    """Who makes the present request, and since when it runs."""

    actor: str
    caller: str
    client: str
    began: float = field(default_factory=perf_counter)

    def answer(self, services: MemoryServices, answer: Answer, hits: Sequence[Hit]) -> None:
        """Note the hits of an answer that are shown."""
        services.recalls.note(
            self._by(Door.MCP),
            answer.query.text,
            shown_hits(hits),
            took_ms=self._took_ms(),
            is_degraded=answer.degraded is not None,
        )

    async def pack(self, services: MemoryServices, request: ContextRequest) -> ContextPack:
        """Return a context pack, and note it."""
        packed = await services.context.pack(request)
        shown = shown_in_pack(packed, request.query)
        services.recalls.note(self._by(Door.CONTEXT), request.query, shown, took_ms=self._took_ms())
        return packed

    def _by(self, door: Door) -> Recaller:
        return Recaller(door, self.actor, self.caller, self.client)

    def _took_ms(self) -> int:
        return round(1000 * (perf_counter() - self.began))


NOTES: Final[ContextVar[RecallNotes]] = ContextVar("notes")
"""Those of the present request."""
