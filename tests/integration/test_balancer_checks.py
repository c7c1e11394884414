"""A balancer before a server whose Redis hangs: it must go on sending requests there."""

from contextlib import AsyncExitStack
from itertools import groupby
from pathlib import Path

import httpx

from support.redis_server import redis_server
from support.server_process import server_process
from support.waiting import wait_until

CHECK_SECONDS = 2.0
"""HAProxy's `check inter 2s`, with its usual `fall 3`."""
FALL = 3


class Balancer:
    """Checks as HAProxy does: the server is dropped after three failures in a row."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.passed: list[bool] = []

    async def check(self) -> str | None:
        """What the server says of itself; None when it does not say it in time."""
        try:
            reply = await self._client.get("/readyz", timeout=CHECK_SECONDS)
        except httpx.TimeoutException:
            self.passed.append(False)
            return None
        self.passed.append(reply.status_code == httpx.codes.OK)
        return str(reply.json()["status"])

    @property
    def has_dropped_it(self) -> bool:
        runs = ((ok, len(list(run))) for ok, run in groupby(self.passed))
        return any(not ok and length >= FALL for ok, length in runs)


async def test_a_server_whose_redis_hangs_stays_in_service(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(redis_server())
        server = stack.enter_context(server_process(tmp_path, redis_url=redis.url))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, timeout=30))
        balancer = Balancer(client)

        async def is_said(status: str) -> bool:
            return await balancer.check() == status

        await wait_until(lambda: is_said("ready"), description="all is well")
        with redis.stopped():
            await wait_until(lambda: is_said("degraded"), description="it is told that Redis hangs")
            for _ in range(FALL):
                await balancer.check()
            stored = await client.post("/api/memories", json={"text": "kept meanwhile"})
            assert stored.status_code == httpx.codes.CREATED
        await wait_until(lambda: is_said("ready"), description="it is told that Redis is back")
    assert not balancer.has_dropped_it
