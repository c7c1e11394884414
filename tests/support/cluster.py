"""Servers and workers of one installation, as processes of their own."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Thread

import httpx

from support.processes import started
from support.waiting import HANG_SECONDS, wait_until

BEGUN = ('"event": "listening"', '"event": "worker started"')


class Node:
    """One process, from the moment at which it answers or works."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        self.log = ""
        line = ""
        for line in process.stderr:
            self.log += line
            if any(event in line for event in BEGUN):
                break
        assert line, self.log
        self.url = str(json.loads(line).get("url", ""))
        # a log that nobody reads would fill its pipe and stop the process
        Thread(target=self._read, args=(process.stderr,), daemon=True).start()

    def _read(self, lines: Iterator[str]) -> None:
        with suppress(ValueError):  # closed at the end
            for line in lines:
                self.log += line

    def terminate(self) -> None:
        """Ask it to stop, as an orchestrator does."""
        self.process.send_signal(signal.SIGTERM)


@contextmanager
def server(data_dir: Path, **settings: str) -> Iterator[Node]:
    """`memorizer start`, answering; its jobs are left to workers."""
    arguments = ("start", "--port", "0", "--no-worker", "--data-dir", str(data_dir))
    with started("memorizer", *arguments, **settings) as process:
        yield Node(process)


@contextmanager
def worker(data_dir: Path, **settings: str) -> Iterator[Node]:
    """`memorizer worker`, working."""
    with started("memorizer", "worker", "--data-dir", str(data_dir), **settings) as process:
        yield Node(process)


class Balancer:
    """Sends each request to a server that says it is ready, as a load balancer does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._turn = count()
        self._ready: list[str] = []
        self._watching: dict[str, asyncio.Task[None]] = {}

    def add(self, url: str) -> None:
        """Use this server as soon as it is ready."""
        self._watching[url] = asyncio.create_task(self._watch(url))

    async def remove(self, *urls: str) -> None:
        """Forget these servers; all of them if none is named."""
        gone = [self._watching.pop(url) for url in urls or list(self._watching)]
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        self._ready = [url for url in self._ready if url in self._watching]

    async def request(self, method: str, path: str, body: object) -> httpx.Response:
        """The answer of one of the servers that are ready."""

        async def is_there() -> bool:
            return bool(self._ready)

        await wait_until(is_there, description="a server is ready")
        url = self._ready[next(self._turn) % len(self._ready)]
        return await self._client.request(method, url + path, json=body)

    async def _watch(self, url: str) -> None:
        """Ask a server again and again whether it is ready."""
        while True:
            is_ready = await self._is_ready(url)
            if is_ready != (url in self._ready):
                self._ready = [other for other in self._ready if other != url]
                self._ready += [url] * is_ready
            await asyncio.sleep(0.1)

    async def _is_ready(self, url: str) -> bool:
        try:
            return (await self._client.get(f"{url}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def balanced(*urls: str) -> AsyncIterator[Balancer]:
    """A balancer before these servers."""
    async with httpx.AsyncClient(timeout=HANG_SECONDS) as client:
        balancer = Balancer(client)
        for url in urls:
            balancer.add(url)
        try:
            yield balancer
        finally:
            await balancer.remove()
