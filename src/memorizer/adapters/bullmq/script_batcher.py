"""Sends the Lua scripts that are called in one turn of the event loop in one round trip."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError, RedisError


@dataclass(slots=True)
class _Call:
    """A script to run, and the future of its reply."""

    script: AsyncScript
    keys: Sequence[bytes]
    args: Sequence[Any]
    reply: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class ScriptBatcher:
    """Runs scripts through one client, in pipelines."""

    def __init__(
        self,
        client: Redis,
        deadline: Callable[[str], AbstractAsyncContextManager[None]],
        failed: Callable[[RedisError, str], Exception],
        worked: Callable[[str], None],
    ) -> None:
        """`failed` makes the error for a caller; it and `worked` get the script's SHA-1."""
        self._client = client
        self._deadline = deadline
        self._failed = failed
        self._worked = worked
        self._calls: list[_Call] = []
        self._flush: asyncio.Task[None] | None = None

    async def call(
        self, script: AsyncScript, keys: Sequence[bytes], args: Sequence[Any], *, times: int = 1
    ) -> list[Any]:
        """Run a script `times` times; return all replies. Raises QueueUnavailable."""
        calls = [_Call(script, keys, args) for _ in range(times)]
        self._calls += calls
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._send())
        return [await call.reply for call in calls]

    async def finish(self) -> None:
        """Wait until the replies to what was sent are in."""
        if self._flush is not None:
            await asyncio.wait({self._flush})

    async def _send(self) -> None:
        await asyncio.sleep(0)  # callers that are ready join this round trip
        calls, self._calls, self._flush = self._calls, [], None
        replies: list[Any]
        try:
            async with self._deadline("scripts"):
                replies = await self._replies(calls)
        except Exception as error:  # noqa: BLE001 - every caller gets it, whatever it is
            replies = [error] * len(calls)
        for call, reply in zip(calls, replies, strict=True):
            self._answer(call, reply)

    async def _replies(self, calls: Sequence[_Call]) -> list[Any]:
        replies = await self._round_trip(calls)
        unloaded = [n for n, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unloaded:  # the server was restarted, or its script cache was flushed
            for text in {calls[n].script.script for n in unloaded}:
                await self._client.script_load(text)
            again = await self._round_trip([calls[n] for n in unloaded])
            for n, reply in zip(unloaded, again, strict=True):
                replies[n] = reply
        return replies

    async def _round_trip(self, calls: Sequence[_Call]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
        return list(await pipeline.execute(raise_on_error=False))

    def _answer(self, call: _Call, reply: object) -> None:
        if isinstance(reply, RedisError):
            reply = self._failed(reply, str(call.script.sha))
        elif not isinstance(reply, Exception):
            self._worked(str(call.script.sha))
        if call.reply.done():
            return  # its caller was cancelled
        if isinstance(reply, Exception):
            call.reply.set_exception(reply)
            call.reply.exception()  # marks it as retrieved: its caller may be cancelled
        else:
            call.reply.set_result(reply)
