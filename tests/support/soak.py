"""What somebody does all day, on purpose for long; and what the process looks like meanwhile."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from support.agents import agent
from support.server_process import ServerProcess

KEPT: Final = 300
"""Memories; older ones are deleted, so that only a leak can grow."""
PAUSE_SECONDS: Final = 0.05
VIEW_SECONDS: Final = 3.0
TOPICS: Final = ("kettle", "ferns", "invoice", "deployment", "meeting", "garden", "backup", "train")
Turn = Callable[[], Awaitable[None]]


@dataclass
class Load:
    """Several clients at once; each turn is counted, each unexpected status ends it."""

    client: httpx.AsyncClient
    url: str
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    ids: deque[str] = field(default_factory=deque)
    _number: Iterator[int] = field(default_factory=count)

    async def run(self, seconds: float) -> None:
        """All of them, for so long."""
        turns = (self.store, self.search, self.edit, self.view, self.run_jobs, self.ask, self.purge)
        deadline = monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for turn in turns:
                group.create_task(self._again_and_again(turn, deadline))

    async def _again_and_again(self, turn: Turn, deadline: float) -> None:
        while monotonic() < deadline:
            await turn()
            self.done[turn.__name__] += 1
            await asyncio.sleep(PAUSE_SECONDS)  # a client that thinks, not a benchmark

    async def store(self) -> None:
        words = " ".join(self.rng.choices(TOPICS, k=30))
        text = f"Note {next(self._number)} about {self.rng.choice(TOPICS)}: {words}."
        stored = await self.client.post("/api/memories", json={"text": text, "tags": ["soak"]})
        self.ids.append(stored.raise_for_status().json()["id"])
        while len(self.ids) > KEPT:
            (await self.client.delete(f"/api/memories/{self.ids.popleft()}")).raise_for_status()

    async def search(self) -> None:
        query = {"query": " ".join(self.rng.choices(TOPICS, k=2)), "explain": True}
        (await self.client.post("/api/search", json=query)).raise_for_status()

    async def edit(self) -> None:
        if len(self.ids) < KEPT // 10:
            return
        memory_id = self.ids[self.rng.randrange(len(self.ids) // 2, len(self.ids))]
        change = {"tags": ["soak", self.rng.choice(TOPICS)]}
        await self.client.patch(f"/api/memories/{memory_id}", json=change)
        await self.client.get(f"/api/memories/{memory_id}/versions")

    async def view(self) -> None:
        """Look at the stream of the page for a while, and leave without a word."""
        async with self.client.stream("GET", "/api/admin/events") as stream:
            try:
                async with asyncio.timeout(VIEW_SECONDS):
                    async for _ in stream.aiter_lines():
                        self.done["events seen"] += 1
            except TimeoutError:
                return

    async def run_jobs(self) -> None:
        if self.ids:
            body = {"memoryIds": [self.ids[-1]]}
            await self.client.post("/api/admin/jobs/embedding-regeneration", json=body)
        (await self.client.post("/api/admin/jobs/clean", json={})).raise_for_status()
        await asyncio.sleep(20 * PAUSE_SECONDS)

    async def ask(self) -> None:
        """As agents do: a session of MCP with a few calls."""
        async with agent(f"{self.url}/mcp") as somebody:
            await somebody.call("search_memories", query=self.rng.choice(TOPICS))
            memory_id = await somebody.store(f"An agent's note {next(self._number)}.")
            self.ids.append(memory_id)

    async def purge(self) -> None:
        (await self.client.delete("/api/trash")).raise_for_status()
        await asyncio.sleep(VIEW_SECONDS)


@dataclass(frozen=True)
class Sample:
    """The process at one moment."""

    seconds: float
    memory_mb: float
    files: int
    threads: int
    wal_mb: float


async def sampled(
    server: ServerProcess, data_dir: Path, every: float, until: float
) -> list[Sample]:
    """Look at the process every so many seconds."""
    start, samples = monotonic(), list[Sample]()
    while monotonic() - start < until:
        samples.append(sample(server, data_dir, monotonic() - start))
        await asyncio.sleep(every)
    return samples


def sample(server: ServerProcess, data_dir: Path, seconds: float) -> Sample:
    """The process now."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    wal = data_dir / "memorizer.db-wal"
    return Sample(
        round(seconds, 1),
        int(status["VmRSS"].split()[0]) / 1024,
        server.open_files(),
        int(status["Threads"]),
        wal.stat().st_size / 1e6 if wal.exists() else 0.0,
    )


def growth(samples: list[Sample], name: str) -> float:
    """How much a figure grew from the first to the last of these, by the line through them all."""
    xs = [each.seconds for each in samples]
    ys = [float(asdict(each)[name]) for each in samples]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    slope = over / sum((x - x_mean) ** 2 for x in xs)
    return slope * (xs[-1] - xs[0])
