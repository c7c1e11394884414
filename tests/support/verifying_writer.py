"""A client that records what was acknowledged, and verifies that the store has it."""

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
class Expectation:
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
class VerifyingWriter:
    """Stores, edits and deletes as fast as it can, and asks again after each crash."""

    rng: random.Random
    expectations: dict[str, Expectation] = field(default_factory=dict)
    acknowledged: int = 0
    _serial: int = 0

    async def write_until_killed(self, url: str, *, at_once: int = 4) -> None:
        """Go on until the server is gone."""
        async with httpx.AsyncClient(base_url=url, timeout=HANG_SECONDS) as client:
            await asyncio.gather(*(self._go_on(client) for _ in range(at_once)))

    async def store_unanswered(self, client: httpx.AsyncClient) -> None:
        """Ask again for what was never answered, with the same key."""
        for expected in self.expectations.values():
            if expected.id is None:
                await self._store(client, expected)

    async def _go_on(self, client: httpx.AsyncClient) -> None:
        try:
            while True:
                await self._next(client)
        except BROKEN:
            return

    async def _next(self, client: httpx.AsyncClient) -> None:
        mine = [
            p for p in self.expectations.values() if p.id and not p.is_deleted and p.asked is None
        ]
        choice = self.rng.random()
        if choice < 0.6 or not mine:
            await self._store(client, self._new())
        elif choice < 0.9:
            await self._edit(client, self.rng.choice(mine))
        else:
            await self._delete(client, self.rng.choice(mine))

    def _new(self) -> Expectation:
        self._serial += 1
        expected = Expectation(
            f"key-{self._serial}", f"Order {self._serial}: a kettle and two cups."
        )
        self.expectations[expected.key] = expected
        return expected

    async def _store(self, client: httpx.AsyncClient, expected: Expectation) -> None:
        headers = {"Idempotency-Key": expected.key}
        reply = await client.post("/api/memories", json={"text": expected.text}, headers=headers)
        stored = _answer(reply)
        expected.id, expected.version = stored["id"], max(expected.version, stored["version"])
        self.acknowledged += 1

    async def _edit(self, client: httpx.AsyncClient, expected: Expectation) -> None:
        self._serial += 1
        expected.asked = f"{expected.text.partition(' (')[0]} (changed {self._serial})"
        reply = await client.patch(f"/api/memories/{expected.id}", json={"text": expected.asked})
        if not expected.may_be_deleted or reply.status_code != 404:
            expected.version = _answer(reply)["version"]
            expected.text = expected.asked
            self.acknowledged += 1
        expected.asked = None

    async def _delete(self, client: httpx.AsyncClient, expected: Expectation) -> None:
        expected.may_be_deleted = True
        reply = await client.delete(f"/api/memories/{expected.id}")
        assert reply.status_code in {204, 404}, reply.text
        expected.is_deleted = True
        self.acknowledged += 1


def _answer(reply: httpx.Response) -> dict[str, Any]:
    assert reply.is_success, f"{reply.status_code} {reply.text}"
    answer: dict[str, Any] = reply.json()
    return answer


async def violations(writer: VerifyingWriter, client: httpx.AsyncClient) -> list[str]:
    """What is not as it was acknowledged, one line each."""
    return [
        f"{expected}: {problem}"
        for expected in writer.expectations.values()
        for problem in _problems(expected, await client.get(f"/api/memories/{expected.id}"))
    ]


def _problems(expected: Expectation, reply: httpx.Response) -> Iterator[str]:
    if reply.status_code == 404:
        if not expected.may_be_deleted:
            yield "it is gone"
        return
    memory = _answer(reply)
    if expected.is_deleted:
        yield "it came back"
    if memory["text"] not in {expected.text, expected.asked}:
        yield f"its text is {memory['text']!r}"
    if memory["version"] < expected.version:
        yield f"it went back to version {memory['version']}"
