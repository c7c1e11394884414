"""The connection to Redis: every call has a deadline, and every failure is QueueUnavailable."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError, RedisError

from memorizer.domain.errors import Misconfigured, QueueUnavailable

log = structlog.get_logger()

DEADLINE_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 2.0
CONNECTIONS: Final = 8
GATHER_SECONDS: Final = 0.01

T = TypeVar("T")


@dataclass(slots=True)
class _Call:
    """A script to run, and who waits for its reply."""

    script: AsyncScript
    keys: Sequence[bytes]
    args: Sequence[Any]
    reply: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class RedisLink:
    """One pool of connections. Calls made in the same moment travel in one round trip."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.client = self.connect(CONNECTIONS, timeout=DEADLINE_SECONDS)
        self._calls: list[_Call] = []
        self._flush: asyncio.Task[None] | None = None
        self._is_down = False
        self.breaks = 0
        """How often something failed; after that Redis may have lost what it knew."""

    def connect(self, connections: int, *, timeout: float) -> Redis:
        """A client of its own; `timeout` is how long one reply may take, in seconds."""
        return Redis.from_pool(self._pool(connections, timeout))  # closed with the client

    def listener(self, *, timeout: float) -> Redis:
        """A client that reads streams calmly."""
        return _Listener.from_pool(self._pool(1, timeout))

    def _pool(self, connections: int, timeout: float) -> BlockingConnectionPool:
        try:
            return BlockingConnectionPool.from_url(
                self._url,
                decode_responses=True,
                max_connections=connections,
                timeout=DEADLINE_SECONDS,
                socket_timeout=timeout,
                socket_connect_timeout=CONNECT_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise Misconfigured(
                f"MEMORIZER_REDIS_URL is no address of a Redis server: {error}. "
                "Write redis://HOST:PORT, rediss:// for TLS, or unix:///PATH of its socket."
            ) from error

    def script(self, text: str) -> AsyncScript:
        """A Lua script to `call`."""
        return self.client.register_script(text)

    async def call(self, script: AsyncScript, keys: Sequence[bytes], args: Sequence[Any]) -> Any:
        """Run a script. Raises QueueUnavailable."""
        [reply] = await self.repeat(script, keys, args, times=1)
        return reply

    async def repeat(
        self, script: AsyncScript, keys: Sequence[bytes], args: Sequence[Any], *, times: int
    ) -> list[Any]:
        """Run a script again and again; all replies. Raises QueueUnavailable."""
        calls = [_Call(script, keys, args) for _ in range(times)]
        self._calls += calls
        if self._flush is None:
            self._flush = asyncio.create_task(self._send())
        return [await call.reply for call in calls]

    async def run(self, awaitable: Awaitable[T]) -> T:
        """Await what talks to Redis. Raises QueueUnavailable."""
        async with self.deadline():
            return await awaitable

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """What happens inside ends in time, or as QueueUnavailable."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            self.note_failure(error)
            raise QueueUnavailable(f"Redis cannot be used: {_reason(error)}") from error
        self._note_success()

    async def close(self) -> None:
        """Finish what is on its way."""
        if self._flush is not None:
            await asyncio.wait({self._flush})
        await self.client.aclose()

    async def _send(self) -> None:
        await asyncio.sleep(0)  # everybody who is ready to call does so first
        calls, self._calls, self._flush = self._calls, [], None
        replies: list[Any]
        try:
            async with self.deadline():
                replies = await self._replies(calls)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            replies = [error] * len(calls)
        for call, reply in zip(calls, replies, strict=True):
            _answer(call.reply, reply)

    async def _replies(self, calls: Sequence[_Call]) -> list[Any]:
        replies = await self._round_trip(calls)
        forgotten = [n for n, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if forgotten:  # the server is new, or its cache was flushed: teach it, then again
            await self._teach({calls[n].script.script for n in forgotten})
            again = await self._round_trip([calls[n] for n in forgotten])
            for n, reply in zip(forgotten, again, strict=True):
                replies[n] = reply
        return replies

    async def _round_trip(self, calls: Sequence[_Call]) -> list[Any]:
        pipeline = self.client.pipeline(transaction=False)
        for call in calls:
            pipeline.evalsha(call.script.sha, len(call.keys), *call.keys, *call.args)
        return list(await pipeline.execute(raise_on_error=False))

    async def _teach(self, texts: set[Any]) -> None:
        for text in texts:
            await self.client.script_load(text)

    def note_failure(self, error: Exception) -> None:
        """A connection broke, or a call failed: say so once."""
        self.breaks += 1
        if not self._is_down:
            log.error("Redis cannot be used; memories are kept and searched", error=_reason(error))
        self._is_down = True

    def _note_success(self) -> None:
        if self._is_down:
            log.info("Redis can be used again")
        self._is_down = False


class _Listener(Redis):
    """Lets what happens within a moment arrive together: under load, reads cost more than waits."""

    _read_at = 0.0

    async def xread(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(self._read_at + GATHER_SECONDS - monotonic())
        try:
            return await super().xread(*args, **kwargs)
        finally:
            self._read_at = monotonic()


def _answer(future: asyncio.Future[Any], reply: object) -> None:
    if future.done():
        return  # its caller has gone
    if isinstance(reply, Exception):
        if isinstance(reply, RedisError):
            reply = QueueUnavailable(f"Redis cannot be used: {_reason(reply)}")
        future.set_exception(reply)
        future.exception()  # its caller may have gone: then nobody looks, and that is no error
    else:
        future.set_result(reply)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {DEADLINE_SECONDS:.0f} s"
    return str(error).strip().rstrip(".") or type(error).__name__
