"""Reads the mode, the run and the eviction policy of a Redis server."""

from collections.abc import Awaitable
from typing import Any, Final

from redis.exceptions import ResponseError

from memorizer.adapters.bullmq.connection import RedisConnection

SAFE_POLICY: Final = "noeviction"


class ServerInfo:
    """Facts about the server, as far as our user may read them. All raise QueueUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self.policy: str | None = None
        """`maxmemory-policy` as last read; None where our user may not read it."""

    @property
    def evicts(self) -> bool:
        """Whether it may evict keys when its memory is full."""
        return self.policy not in {None, SAFE_POLICY}

    async def mode(self) -> str:
        """Return `standalone`, `cluster` or `sentinel`; `None` as text where it is unknown."""
        reply = await self._ask("hello", self._connection.reader.execute_command("HELLO"))  # type: ignore[no-untyped-call]
        fields = (
            reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=False))
        )
        return str(fields.get("mode"))

    async def run_id(self) -> str:
        """Return the id of the server's run, new after each start; empty where it is unknown."""
        reply = await self._ask("info", self._connection.reader.info("server"))
        return str(reply.get("run_id", ""))

    async def read_policy(self) -> None:
        """Read `maxmemory-policy` into `policy`."""
        reply = await self._ask("info", self._connection.reader.info("memory"))
        self.policy = reply.get("maxmemory_policy", self.policy)

    async def _ask(self, call: str, question: Awaitable[Any]) -> Any:
        """Return the reply, or {} where the server refuses or does not know the command."""

        async def answer() -> Any:
            try:
                return await question
            except ResponseError:
                return {}

        return await self._connection.run(call, answer(), guarded=False)
