"""A client that remembers what it was promised, so that a store can be held to its word."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from support.waiting import HANG_SECONDS

BROKEN: Final = (httpx.TransportError, httpx.RemoteProtocolError)
"""How a request ends whose server was killed."""


@dataclass
class Promise:
    """What was acknowledged about one memory, and what was asked for without an answer."""

    key: str
    text: str
    id: str | None = None
    version: int = 0
    asked: str | None = None
    """A text whose edit was not answered: it may have happened."""
    is_deleted: bool = False
    may_be_deleted: bool = False


@dataclass
class Customer:
    """Stores, edits and deletes as fast as it can, and asks again after each crash."""

    rng: random.Random
    promises: dict[str, Promise] = field(default_factory=dict)
    acknowledged: int = 0
    _serial: int = 0

    async def trouble(self, url: str, *, at_once: int = 4) -> None:
        """Go on until the server is gone."""
        async with httpx.AsyncClient(base_url=url, timeout=HANG_SECONDS) as client:
            await asyncio.gather(*(self._go_on(client) for _ in range(at_once)))

    async def settle(self, client: httpx.AsyncClient) -> None:
        """Ask again for what was never answered, with the same key."""
        for promise in self.promises.values():
            if promise.id is None:
                await self._store(client, promise)

    async def _go_on(self, client: httpx.AsyncClient) -> None:
        try:
            while True:
                await self._next(client)
        except BROKEN:
            return

    async def _next(self, client: httpx.AsyncClient) -> None:
        mine = [p for p in self.promises.values() if p.id and not p.is_deleted and p.asked is None]
        choice = self.rng.random()
        if choice < 0.6 or not mine:
            await self._store(client, self._new())
        elif choice < 0.9:
            await self._edit(client, self.rng.choice(mine))
        else:
            await self._delete(client, self.rng.choice(mine))

    def _new(self) -> Promise:
        self._serial += 1
        promise = Promise(f"key-{self._serial}", f"Order {self._serial}: a kettle and two cups.")
        self.promises[promise.key] = promise
        return promise

    async def _store(self, client: httpx.AsyncClient, promise: Promise) -> None:
        headers = {"Idempotency-Key": promise.key}
        reply = await client.post("/api/memories", json={"text": promise.text}, headers=headers)
        stored = _answer(reply)
        promise.id, promise.version = stored["id"], max(promise.version, stored["version"])
        self.acknowledged += 1

    async def _edit(self, client: httpx.AsyncClient, promise: Promise) -> None:
        self._serial += 1
        promise.asked = f"{promise.text.partition(' (')[0]} (changed {self._serial})"
        reply = await client.patch(f"/api/memories/{promise.id}", json={"text": promise.asked})
        if not promise.may_be_deleted or reply.status_code != 404:
            promise.version = _answer(reply)["version"]
            promise.text = promise.asked
            self.acknowledged += 1
        promise.asked = None

    async def _delete(self, client: httpx.AsyncClient, promise: Promise) -> None:
        promise.may_be_deleted = True
        reply = await client.delete(f"/api/memories/{promise.id}")
        assert reply.status_code in {204, 404}, reply.text
        promise.is_deleted = True
        self.acknowledged += 1


def _answer(reply: httpx.Response) -> dict[str, Any]:
    assert reply.is_success, f"{reply.status_code} {reply.text}"
    answer: dict[str, Any] = reply.json()
    return answer


async def broken_promises(customer: Customer, client: httpx.AsyncClient) -> list[str]:
    """What is not as it was acknowledged, one line each."""
    return [
        f"{promise}: {problem}"
        for promise in customer.promises.values()
        for problem in _problems(promise, await client.get(f"/api/memories/{promise.id}"))
    ]


def _problems(promise: Promise, reply: httpx.Response) -> Iterator[str]:
    if reply.status_code == 404:
        if not promise.may_be_deleted:
            yield "it is gone"
        return
    memory = _answer(reply)
    if promise.is_deleted:
        yield "it came back"
    if memory["text"] not in {promise.text, promise.asked}:
        yield f"its text is {memory['text']!r}"
    if memory["version"] < promise.version:
        yield f"it went back to version {memory['version']}"
