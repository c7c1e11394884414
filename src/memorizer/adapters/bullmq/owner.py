"""Binds a key prefix in Redis to one store, so that two installations never share jobs."""

import asyncio
from time import monotonic
from typing import Final
from uuid import uuid4

from redis.exceptions import RedisError

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.failures import Failure
from memorizer.adapters.bullmq.server_info import ServerInfo
from memorizer.domain.errors import Misconfigured, QueueUnavailable

START_TIMEOUT_SECONDS: Final = 2.0
"""A start waits at most so long for Redis."""
OWNER_CACHE_SECONDS: Final = 5.0
"""The owner is read again after this."""
PROBE_TTL_SECONDS: Final = 60
"""Lifetime of the key that proves that writes work."""
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
    """The store that owns the prefix, under <prefix>:memorizer:store."""

    def __init__(self, connection: RedisConnection, prefix: str, store_id: str) -> None:
        self._connection = connection
        self._key = f"{prefix}:memorizer:store"
        self._probe_key = f"{prefix}:memorizer:trial"
        self._store_id = store_id
        self._foreign = Failure(_FOREIGN.format(prefix=prefix), _REMEDY, _OWNER)
        self._trusted_until = 0.0
        self._trusted_breaks = 0
        connection.guard = self.require

    async def start(self, server: ServerInfo) -> None:
        """Check mode and owner. Raises Misconfigured; an absent Redis is no error."""
        try:
            async with asyncio.timeout(START_TIMEOUT_SECONDS):
                if what := _MODES.get(await server.mode()):
                    raise Misconfigured(_NOT_SINGLE.format(what=what))
                await self.require()
        except QueueUnavailable as error:
            if self.is_foreign:
                raise Misconfigured(f"{error} {error.hint}") from error
        except (RedisError, OSError, TimeoutError) as error:
            self._connection.note_failure(error, _OWNER)

    async def require(self) -> None:
        """Claim a free prefix. Raises QueueUnavailable where another owns it, and RedisError."""
        if (
            monotonic() < self._trusted_until
            and self._trusted_breaks == self._connection.disconnects
        ):
            return
        breaks, self._trusted_until = self._connection.disconnects, 0.0
        client = self._connection.client
        owner = await client.get(self._key)
        if owner is None:
            await client.set(self._key, self._store_id, nx=True)
            owner = await client.get(self._key)
        if owner != self._store_id:
            self._connection.note(self._foreign)
            raise self._foreign.error
        self._connection.note_success(_OWNER)
        self._trusted_until, self._trusted_breaks = monotonic() + OWNER_CACHE_SECONDS, breaks

    async def is_ours(self) -> bool:
        """Whether this store owns the prefix. Raises QueueUnavailable."""
        owner = await self._connection.run(
            _OWNER, self._connection.reader.get(self._key), guarded=False
        )
        return owner == self._store_id

    @property
    def is_foreign(self) -> bool:
        """Whether another store owned the prefix when last read."""
        return self._connection.has(self._foreign)

    async def try_to_write(self) -> None:
        """Set a key that expires. Raises QueueUnavailable where Redis refuses writes."""
        trial = self._connection.client.set(self._probe_key, uuid4().hex, ex=PROBE_TTL_SECONDS)
        await self._connection.run("trial", trial, writes=True)

    async def take_over(self) -> None:
        """Make this store the owner of the prefix. Raises QueueUnavailable."""
        taken = self._connection.client.set(self._key, self._store_id)
        await self._connection.run("take over", taken, guarded=False, writes=True)
        self._trusted_until = 0.0
