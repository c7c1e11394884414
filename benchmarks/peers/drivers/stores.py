"""What every store of memories is asked to do, and the clock it is timed with."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Protocol

from benchmarks.peers.drivers.channel import serve

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be remembered."""

    id: str
    title: str | None
    text: str
    tags: Sequence[str]

    @property
    def whole(self) -> str:
        """For a store that knows no titles."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store shall live, and the embedding model that is used everywhere."""

    folder: Path
    model: str
    vocabulary: str
    kept: str
    threads: int
    fresh_queries: bool
    as_installed: bool
    """Whether queries go to the peer's own code around the model."""


class Store(Protocol):
    """One peer."""

    async def load(self, documents: Sequence[Document]) -> None:
        """Take many at once, the fastest way there is."""
        ...

    async def store(self, document: Document) -> None:
        """Take one, as an agent stores it."""
        ...

    async def search(self, query: str, limit: int) -> list[str]:
        """Ids, best first, as an agent finds them when it asks for nothing special."""
        ...


def serve_store(open_store: Callable[[Place], Awaitable[Store]]) -> None:
    """Answer for one store."""
    timed = _Timed(open_store)
    serve(open=timed.open, load=timed.load, store=timed.store, search=timed.search)


class _Timed:
    def __init__(self, open_store: Callable[[Place], Awaitable[Store]]) -> None:
        self._open = open_store

    async def open(self, folder: str, **place: Any) -> None:
        self._store = await self._open(Place(Path(folder), **place))

    async def load(self, documents: list[dict[str, Any]]) -> float:
        """Seconds."""
        start = perf_counter()
        await self._store.load([Document(**each) for each in documents])
        return perf_counter() - start

    async def store(self, documents: list[dict[str, Any]], writers: int) -> dict[str, Any]:
        """Seconds in all, and for each that was stored; what the others failed with."""
        laps: list[float] = []
        failed: list[str] = []
        left = iter([Document(**each) for each in documents])
        start = perf_counter()
        await asyncio.gather(*(self._write(left, laps, failed) for _ in range(writers)))
        return {"seconds": perf_counter() - start, "laps": laps, "failed": failed}

    async def _write(self, left: Iterator[Document], laps: list[float], failed: list[str]) -> None:
        for document in left:
            start = perf_counter()
            try:
                await self._store.store(document)
                laps.append(perf_counter() - start)
            except Exception as error:  # noqa: BLE001 - some peers fail when many write at once
                failed.append(f"{type(error).__name__}: {error}"[:LONGEST_REASON])

    async def search(self, query: str, limit: int) -> dict[str, Any]:
        """`busy`: seconds that any core worked for this process."""
        start, was_busy = perf_counter(), process_time()
        found = await self._store.search(query, limit)
        ended, busy = perf_counter(), process_time() - was_busy
        return {"seconds": ended - start, "busy": busy, "found": found}
