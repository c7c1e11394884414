"""A cluster whose processes die at random, repeatable by a seed."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from support import cluster
from support.postgres_server import OwnServer
from support.redis_server import RedisServer

MACHINES = 3


class ChaosCluster:
    """Three servers and three workers on one PostgreSQL and one Redis."""

    def __init__(
        self, folder: Path, postgres: OwnServer, redis: RedisServer, settings: dict[str, str]
    ) -> None:
        self._folder = folder
        self._postgres = postgres
        self._redis = redis
        self._settings = settings
        self._running = {(role, n): ExitStack() for role in ROLES for n in range(MACHINES)}
        self._nodes: dict[tuple[str, int], cluster.Node] = {}

    @property
    def urls(self) -> list[str]:
        """The servers that were not killed."""
        return [node.url for (role, _), node in list(self._nodes.items()) if role == "server"]

    async def open(self) -> None:
        """Start everything at once, on an empty database."""
        places = list(self._running)
        await asyncio.gather(*(asyncio.to_thread(self._start, *place) for place in places))

    def close(self) -> None:
        for running in self._running.values():
            running.close()

    async def inject_fault(self, chance: random.Random) -> str:
        """Inject a random fault and recover from it. Return its name."""
        fault = chance.choice(FAULTS)
        await fault(self, chance)
        return fault.__name__

    async def kill_worker(self, chance: random.Random) -> None:
        await self._replace("worker", chance.randrange(MACHINES))

    async def kill_server(self, chance: random.Random) -> None:
        await self._replace("server", chance.randrange(MACHINES))

    async def freeze_worker(self, chance: random.Random) -> None:
        """So that it goes on, later, with a lease that it has lost."""
        process = self._nodes["worker", chance.randrange(MACHINES)].process
        process.send_signal(signal.SIGSTOP)
        await self._replace("worker", chance.randrange(MACHINES))
        process.send_signal(signal.SIGCONT)

    async def restart_postgres(self, _: random.Random) -> None:
        await asyncio.to_thread(self._postgres.stop)
        await asyncio.to_thread(self._postgres.start)

    async def kill_postgres(self, _: random.Random) -> None:
        await asyncio.to_thread(self._postgres.kill)
        await asyncio.to_thread(self._postgres.start)

    async def kill_redis(self, _: random.Random) -> None:
        await asyncio.to_thread(self._redis.kill)
        await asyncio.to_thread(self._redis.start)

    async def _replace(self, role: str, number: int) -> None:
        self._nodes.pop((role, number), None)
        await asyncio.to_thread(self._running[role, number].close)  # as `kill -9` does
        await asyncio.to_thread(self._start, role, number)

    def _start(self, role: str, number: int) -> None:
        folder = self._folder / f"{role}-{number}"
        node = ROLES[role](folder, **self._settings)
        self._nodes[role, number] = self._running[role, number].enter_context(node)


ROLES = {"server": cluster.server, "worker": cluster.worker}
Fault = Callable[[ChaosCluster, random.Random], Awaitable[None]]
FAULTS: tuple[Fault, ...] = (
    ChaosCluster.kill_worker,
    ChaosCluster.kill_server,
    ChaosCluster.freeze_worker,
    ChaosCluster.restart_postgres,
    ChaosCluster.kill_postgres,
    ChaosCluster.kill_redis,
)
