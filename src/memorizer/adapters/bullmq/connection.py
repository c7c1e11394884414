"""The link to Redis: every call has a deadline, and every failure is QueueUnavailable."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from memorizer.adapters.bullmq.batches import Batches
from memorizer.adapters.bullmq.connections import pool
from memorizer.adapters.bullmq.failures import ALL, WRITES, Failure, Failures, failure_of

DEADLINE_SECONDS: Final = 5.0
CONNECTIONS: Final = 8
READERS: Final = 4
GATHER_SECONDS: Final = 0.01

T = TypeVar("T")


class RedisConnection:
    """Connections to one Redis server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._failures = Failures()
        self.guard: Callable[[], Awaitable[None]] = _anybody
        """Asked before each call whether we may touch these keys."""
        self.client = Redis.from_pool(self._pool(CONNECTIONS, DEADLINE_SECONDS))
        """For calls that change something: sent once."""
        self.reader = Redis.from_pool(self._pool(READERS, DEADLINE_SECONDS / 2, retries=1))
        """For calls that only read: sent again when the connection breaks under them."""
        self._changing, self._reading = (
            Batches(client, self._guarded, self._refused, self.note_success)
            for client in (self.client, self.reader)
        )
        self.breaks = 0
        """How often the connection broke; after that Redis may have lost what it knew."""

    def listener(self, *, timeout: float) -> Redis:
        """A client that reads streams calmly; `timeout` is how long one reply may take."""
        listener = _Listener.from_pool(self._pool(1, timeout))
        assert isinstance(listener, _Listener)  # noqa: S101 - which redis-py's types do not say
        listener.link = self
        return listener

    def script(self, text: str) -> AsyncScript:
        """A Lua script to `call`."""
        return self.client.register_script(text)

    async def eval(
        self,
        script: AsyncScript,
        keys: Sequence[bytes],
        args: Sequence[Any],
        *,
        only_reads: bool = False,
    ) -> Any:
        """Run a script. Raises QueueUnavailable."""
        batches = self._reading if only_reads else self._changing
        [reply] = await batches.call(script, keys, args)
        return reply

    async def eval_many(
        self, script: AsyncScript, keys: Sequence[bytes], args: Sequence[Any], *, times: int
    ) -> list[Any]:
        """Run a script again and again; all replies. Raises QueueUnavailable."""
        return await self._changing.call(script, keys, args, times=times)

    async def run(
        self, call: str, request: Awaitable[T], *, writes: bool = False, guarded: bool = True
    ) -> T:
        """Await what talks to Redis; `call` names this kind of call. Raises QueueUnavailable.

        `writes` says that Redis cannot answer without a change: then changes work.
        """
        async with self.deadline(call):
            if guarded:
                await self._pass_guard(request)
            reply = await request
        if writes:
            self._failures.note_success(WRITES)
        return reply

    async def _pass_guard(self, request: Awaitable[object]) -> None:
        try:
            await self.guard()
        except BaseException:
            if isinstance(request, Coroutine):
                request.close()  # nobody will await it
            raise

    @asynccontextmanager
    async def deadline(self, call: str) -> AsyncIterator[None]:
        """What happens inside ends in time, or as QueueUnavailable."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            raise self.note_failure(error, call).error from error
        self._failures.note_success(call)

    async def close(self) -> None:
        """Finish what is on its way."""
        await self._changing.finish()
        await self._reading.finish()
        await self.client.aclose()
        await self.reader.aclose()

    def note_failure(self, error: Exception, call: str) -> Failure:
        """A connection broke, or a call was refused: say so once."""
        failure = failure_of(error, call, DEADLINE_SECONDS)
        self.breaks += failure.waits_for == ALL
        self._failures.note(failure)
        return failure

    def note(self, failure: Failure) -> None:
        """Say so once."""
        self._failures.note(failure)

    def has(self, failure: Failure) -> bool:
        """Whether this was noted, and is not over."""
        return failure in self._failures

    @property
    def refuses_writes(self) -> bool:
        """Whether Redis refused a change, and none has worked since."""
        return self._failures.waits_for(WRITES)

    def note_success(self, call: str) -> None:
        """Calls of this kind work."""
        self._failures.note_success(call)

    def _refused(self, error: RedisError, script: str) -> Exception:
        return self.note_failure(error, script).error

    @asynccontextmanager
    async def _guarded(self, call: str) -> AsyncIterator[None]:
        async with self.deadline(call):
            await self.guard()
            yield

    def _pool(self, connections: int, timeout: float, retries: int = 0) -> Any:
        return pool(self._url, connections, timeout=timeout, wait=DEADLINE_SECONDS, retries=retries)


async def _anybody() -> None:
    return


class _Listener(Redis):
    """Lets what happens within a moment arrive together: under load, reads cost more than waits."""

    link: RedisConnection
    _read_at = 0.0

    async def xread(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(self._read_at + GATHER_SECONDS - monotonic())
        try:
            reply = await super().xread(*args, **kwargs)
        finally:
            self._read_at = monotonic()
        self.link.note_success("events")
        return reply
