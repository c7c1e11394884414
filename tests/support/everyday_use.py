"""What somebody does with Memorizer in a week, in one go: `python -m support.everyday_use`.

The data directory is the usual one of whoever runs it. Fails if one of its commands fails.
"""

import asyncio
import json
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from support.waiting import HANG_SECONDS, wait_until

PYTHON = (sys.executable, "-m", "memorizer")


def main() -> None:
    """Start, store, title, search, embed again, export, back up, examine, stop."""
    server = subprocess.Popen([*PYTHON, "start", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        listening = next(line for line in server.stderr if '"event": "listening"' in line)
        # a log that nobody reads would fill its pipe and stop the server
        Thread(target=deque, args=(server.stderr, 0), daemon=True).start()
        asyncio.run(_use(json.loads(listening)["url"]))
        for words in (
            ("add", "Ship on Thursdays", "--tag", "release"),
            ("search", "when do we release"),
            ("export", str(Path.home() / ".memorizer" / "all.jsonl")),
            ("backup",),
            ("doctor",),
        ):
            subprocess.run([*PYTHON, *words], check=True, stdout=subprocess.DEVNULL)
        server.send_signal(signal.SIGTERM)
        assert server.wait(HANG_SECONDS) == 0
    finally:
        server.kill()
        server.wait()


async def _use(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=HANG_SECONDS) as client:
        stored = await client.post("/api/memories", json={"text": "Bees dance to point."})
        await wait_until(lambda: _title(client, stored.json()["id"]), description="a title")
        found = await client.post("/api/search", json={"query": "insects that show the way"})
        assert found.json()["count"] == 1, found.text
        job = (await client.post("/api/admin/jobs/embedding-regeneration")).json()["jobId"]
        await wait_until(lambda: _has_completed(client, job), description="all embedded again")
        assert (await client.get("/readyz")).json()["status"] == "ready"


async def _title(client: httpx.AsyncClient, memory_id: str) -> Any:
    return (await client.get(f"/api/memories/{memory_id}")).json()["title"]


async def _has_completed(client: httpx.AsyncClient, job: str) -> bool:
    return bool((await client.get(f"/api/admin/jobs/{job}")).json()["state"] == "completed")


if __name__ == "__main__":
    main()
