"""Whose keys they are: a prefix in Redis belongs to one store."""

import asyncio
from time import monotonic
from typing import Final
from uuid import uuid4

from redis.exceptions import RedisError

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.failures import Failure
from memorizer.adapters.bullmq.server import Server
from memorizer.domain.errors import Misconfigured, QueueUnavailable

START_SECONDS: Final = 2.0
"""How long a start waits for Redis to say whose the prefix is."""
TRUST_SECONDS: Final = 5.0
"""For so long an answer counts; then Redis is asked again."""
TRIAL_SECONDS: Final = 60
"""How long the key of a trial stays."""
_OWNER: Final = "owner"
_FOREIGN: Final = (
    "the keys that begin with `{prefix}:` in it belong to another installation of Memorizer"
)
_REMEDY: Final = (
    "Set MEMORIZER_REDIS_PREFIX to a prefix of this installation's own. If this store is there "
    "instead of that one (a copy, a restored backup), stop the other one and run "
    "`memorizer jobs take-over`."
)
_NOT_SINGLE: Final = (
    "MEMORIZER_REDIS_URL names {what}, which cannot be used. Set it to a Redis server that "
    "stands alone."
)
_MODES: Final = {"cluster": "a node of a Redis Cluster", "sentinel": "a Redis Sentinel"}


class Owner:
    """Refuses to touch the jobs of another store."""

    def __init__(self, link: RedisConnection, prefix: str, store_id: str) -> None:
        self._link = link
        self._key = f"{prefix}:memorizer:store"
        self._trial_key = f"{prefix}:memorizer:trial"
        self._store_id = store_id
        self._foreign = Failure(_FOREIGN.format(prefix=prefix), _REMEDY, _OWNER)
        self._trusted_until = 0.0
        self._trusted_breaks = 0
        link.guard = self.require

    async def start(self, server: Server) -> None:
        """Raises Misconfigured for what can never work; a Redis that is away is no error."""
        try:
            async with asyncio.timeout(START_SECONDS):
                if what := _MODES.get(await server.mode()):
                    raise Misconfigured(_NOT_SINGLE.format(what=what))
                await self.require()
        except QueueUnavailable as error:
            if self.is_foreign:
                raise Misconfigured(f"{error} {error.hint}") from error
        except (RedisError, OSError, TimeoutError) as error:
            self._link.note_failure(error, _OWNER)

    async def require(self) -> None:
        """Raises QueueUnavailable where the prefix is another's, and Redis's own errors."""
        if monotonic() < self._trusted_until and self._trusted_breaks == self._link.breaks:
            return
        breaks, self._trusted_until = self._link.breaks, 0.0
        client = self._link.client
        owner = await client.get(self._key)
        if owner is None:
            await client.set(self._key, self._store_id, nx=True)
            owner = await client.get(self._key)
        if owner != self._store_id:
            self._link.note(self._foreign)
            raise self._foreign.error
        self._link.note_success(_OWNER)
        self._trusted_until, self._trusted_breaks = monotonic() + TRUST_SECONDS, breaks

    async def is_ours(self) -> bool:
        """Whether the prefix is this store's. Raises QueueUnavailable where Redis fails."""
        owner = await self._link.run(_OWNER, self._link.reader.get(self._key), guarded=False)
        return owner == self._store_id

    @property
    def is_foreign(self) -> bool:
        """Whether the prefix was another's when last asked."""
        return self._link.has(self._foreign)

    async def try_to_write(self) -> None:
        """Raises QueueUnavailable where Redis takes no changes."""
        trial = self._link.client.set(self._trial_key, uuid4().hex, ex=TRIAL_SECONDS)
        await self._link.run("trial", trial, writes=True)

    async def take_over(self) -> None:
        """From now on the prefix is this store's. Raises QueueUnavailable."""
        taken = self._link.client.set(self._key, self._store_id)
        await self._link.run("take over", taken, guarded=False, writes=True)
        self._trusted_until = 0.0
