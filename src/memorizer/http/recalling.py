"""Notes what the routes show of memories, for the log of recalls."""

from collections.abc import Sequence
from time import perf_counter
from typing import Annotated

from fastapi import Depends, Request

from memorizer.domain.auth import LOCAL_ID
from memorizer.domain.context import ContextPack
from memorizer.domain.recalls import MAX_CLIENT, Door, Recaller, Shown
from memorizer.domain.search import Answer
from memorizer.http.dependencies import UNKNOWN_ACTOR, identity_of
from memorizer.services import MemoryServices
from memorizer.services.recalls import shown_hits, shown_in_pack


class RecallNotes:
    """What one request showed; made when it begins, since how long it took belongs to it."""

    def __init__(self, request: Request) -> None:
        identity = identity_of(request)
        self._actor = (identity and identity.name) or UNKNOWN_ACTOR
        self._caller = LOCAL_ID if identity is None else identity.id
        # browsers say so of what a page asks its own server, and no page can
        self._is_page = request.headers.get("sec-fetch-site") == "same-origin"
        self._client = _printable(request.headers.get("user-agent", ""))
        self._began = perf_counter()

    def answer(self, services: MemoryServices, answer: Answer) -> None:
        """Note the hits of a search."""
        door = Door.PAGE if self._is_page else Door.REST
        is_degraded = answer.degraded is not None
        shown = shown_hits(answer.hits)
        self._note(services, door, answer.query.text, shown, is_degraded=is_degraded)

    def pack(self, services: MemoryServices, packed: ContextPack, query: str | None) -> None:
        """Note a context pack."""
        self._note(services, Door.CONTEXT, query, shown_in_pack(packed, query))

    def _note(
        self,
        services: MemoryServices,
        door: Door,
        query: str | None,
        shown: Sequence[Shown],
        *,
        is_degraded: bool = False,
    ) -> None:
        took_ms = round(1000 * (perf_counter() - self._began))
        by = Recaller(door, self._actor, self._caller, self._client)
        services.recalls.note(by, query, shown, took_ms=took_ms, is_degraded=is_degraded)


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:MAX_CLIENT]


NotesDep = Annotated[RecallNotes, Depends(RecallNotes)]
