"""Node's own BullMQ beside us on the same Redis (tests/interop/peer.mjs)."""

import asyncio
import importlib.util
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.node_packages import install
from support.waiting import HANG_SECONDS

ROOT = Path(__file__).parents[2]
INTEROP = ROOT / "tests" / "interop"


class NodePeer:
    """Asks the Node program questions, one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, question: str, **arguments: object) -> Any:
        assert self._process.stdin is not None
        line = json.dumps({"ask": question, **arguments}) + "\n"
        self._process.stdin.write(line.encode())
        return await self.answer()

    async def answer(self) -> Any:
        """The next line; fails with what Node said when there is none."""
        assert self._process.stdout is not None
        async with asyncio.timeout(HANG_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the Node program ended"
        return json.loads(line)


@asynccontextmanager
async def node_peer(redis_url: str, prefix: str) -> AsyncIterator[NodePeer]:
    """A running Node program with BullMQ's queue and its events open."""
    node = await asyncio.to_thread(_installed)
    address = urlsplit(redis_url)
    process = await asyncio.create_subprocess_exec(
        *(node, str(INTEROP / "peer.mjs"), str(address.hostname), str(address.port), prefix),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    peer = NodePeer(process)
    try:
        assert await peer.answer() == {"ready": True}
        yield peer
    finally:
        process.kill()
        await process.communicate()


def _installed() -> str:
    """Node, with the packages of tests/interop at hand."""
    spec = importlib.util.spec_from_file_location("build_web", ROOT / "web" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build_web = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_web)
    node, npm = build_web.node_command()
    path = f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"
    install(INTEROP, npm, os.environ | {"PATH": path})
    return str(node)
