"""The connection to Redis: every call has a deadline, and every failure is QueueUnavailable."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from memorizer.adapters.bullmq.failures import ALL, WRITES, Failure, Failures, classify
from memorizer.adapters.bullmq.pool import connection_pool
from memorizer.adapters.bullmq.script_batcher import ScriptBatcher

CALL_TIMEOUT_SECONDS: Final = 5.0
WRITER_POOL_SIZE: Final = 8
READER_POOL_SIZE: Final = 4
COALESCE_SECONDS: Final = 0.01
"""Least time between two reads of an event stream: many events arrive with one reply."""

T = TypeVar("T")


class RedisConnection:
    """Connections to one Redis server, for writing, for reading and for event streams."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._failures = Failures()
        self.guard: Callable[[], Awaitable[None]] = _allow_all
        """Awaited before each call; raises if another store owns the keys."""
        self.client = Redis.from_pool(self._pool(WRITER_POOL_SIZE, CALL_TIMEOUT_SECONDS))
        """For calls that change something: sent once."""
        self.reader = Redis.from_pool(
            self._pool(READER_POOL_SIZE, CALL_TIMEOUT_SECONDS / 2, retries=1)
        )
        """For calls that only read: sent again when the connection breaks under them."""
        self._changing, self._reading = (
            ScriptBatcher(client, self._guarded, self._refused, self.note_success)
            for client in (self.client, self.reader)
        )
        self.disconnects = 0
        """How often the connection broke; each time Redis may have been restarted."""

    def listener(self, *, timeout: float) -> Redis:
        """Return a client for event streams; one reply may take `timeout` seconds."""
        listener = _Listener.from_pool(self._pool(1, timeout))
        assert isinstance(listener, _Listener)  # noqa: S101 - which redis-py's types do not say
        listener.redis_connection = self
        return listener

    def script(self, text: str) -> AsyncScript:
        """Prepare a Lua script for `eval`."""
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
        """Run a script so often in one round trip; return all replies. Raises QueueUnavailable."""
        return await self._changing.call(script, keys, args, times=times)

    async def run(
        self, call: str, request: Awaitable[T], *, writes: bool = False, guarded: bool = True
    ) -> T:
        """Await a command within CALL_TIMEOUT_SECONDS. Raises QueueUnavailable.

        `call` names the kind of command, by which failures are logged once. `writes` says that
        it changes something: its success proves that Redis takes writes. `guarded` asks the
        guard first.
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
        """Raise QueueUnavailable for what fails inside or exceeds CALL_TIMEOUT_SECONDS."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            raise self.note_failure(error, call).error from error
        self._failures.note_success(call)

    async def close(self) -> None:
        """Wait for the calls that were sent, and disconnect."""
        await self._changing.finish()
        await self._reading.finish()
        await self.client.aclose()
        await self.reader.aclose()

    def note_failure(self, error: Exception, call: str) -> Failure:
        """Classify a failed call, and log it unless that is logged already."""
        failure = classify(error, call, CALL_TIMEOUT_SECONDS)
        self.disconnects += failure.waits_for == ALL
        self._failures.note(failure)
        return failure

    def note(self, failure: Failure) -> None:
        """Log a failure unless it is logged already."""
        self._failures.note(failure)

    def has(self, failure: Failure) -> bool:
        """Whether this failure was noted and lasts."""
        return failure in self._failures

    @property
    def refuses_writes(self) -> bool:
        """Whether Redis refused a write, and none has succeeded since."""
        return self._failures.waits_for(WRITES)

    def note_success(self, call: str) -> None:
        """End the failures of this kind of call."""
        self._failures.note_success(call)

    def _refused(self, error: RedisError, script: str) -> Exception:
        return self.note_failure(error, script).error

    @asynccontextmanager
    async def _guarded(self, call: str) -> AsyncIterator[None]:
        async with self.deadline(call):
            await self.guard()
            yield

    def _pool(self, connections: int, timeout: float, retries: int = 0) -> Any:
        return connection_pool(
            self._url, connections, timeout=timeout, wait=CALL_TIMEOUT_SECONDS, retries=retries
        )


async def _allow_all() -> None:
    return


class _Listener(Redis):
    """Waits COALESCE_SECONDS between reads, so that the events of a moment arrive together."""

    redis_connection: RedisConnection
    _read_at = 0.0

    async def xread(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(self._read_at + COALESCE_SECONDS - monotonic())
        try:
            reply = await super().xread(*args, **kwargs)
        finally:
            self._read_at = monotonic()
        self.redis_connection.note_success("events")
        return reply
