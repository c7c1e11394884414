"""What kind of server this Redis is, as far as its user may ask."""

from collections.abc import Awaitable
from typing import Any, Final

from redis.exceptions import ResponseError

from memorizer.adapters.bullmq.connection import RedisConnection

SAFE_POLICY: Final = "noeviction"


class Server:
    """Questions about the server. All raise QueueUnavailable when it does not answer."""

    def __init__(self, link: RedisConnection) -> None:
        self._link = link
        self.policy: str | None = None
        """What it does when its memory is full, as last heard; None where we may not ask."""

    @property
    def evicts(self) -> bool:
        """Whether it drops keys when memory is short."""
        return self.policy not in {None, SAFE_POLICY}

    async def mode(self) -> str:
        """`standalone`, `cluster` or `sentinel`, where we may ask."""
        said = await self._ask("hello", self._link.reader.execute_command("HELLO"))  # type: ignore[no-untyped-call]
        facts = said if isinstance(said, dict) else dict(zip(said[::2], said[1::2], strict=False))
        return str(facts.get("mode"))

    async def run_id(self) -> str:
        """Another one after each start of the server; empty where we may not ask."""
        said = await self._ask("info", self._link.reader.info("server"))
        return str(said.get("run_id", ""))

    async def read_policy(self) -> None:
        """Learn what it does when its memory is full."""
        said = await self._ask("info", self._link.reader.info("memory"))
        self.policy = said.get("maxmemory_policy", self.policy)

    async def _ask(self, call: str, question: Awaitable[Any]) -> Any:
        """The answer; an empty one where we may not ask, or the server does not know the word."""

        async def answer() -> Any:
            try:
                return await question
            except ResponseError:
                return {}

        return await self._link.run(call, answer(), guarded=False)
