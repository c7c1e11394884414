"""Jobs that do nothing, a second, beside other queues at the same durability."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.jobs import throughput
from benchmarks.peers.process import running
from benchmarks.prepared import PreparedEmbedder
from benchmarks.redis_jobs import bare, ours
from benchmarks.redis_server import redis_server
from memorizer.bootstrap import open_services
from memorizer.settings import Settings

SLOTS: Final = 16
ROUNDS: Final = 3
JOBS: Final = 2_000
IN_FILE: Final = 1_000
AT_MOST_ONCE: Final = "huey"
"""Forgets a job when it begins, so a crash loses it; the others keep it until it has a result."""

Speeds = dict[str, float]


async def measure(bench: Bench, peers: Sequence[str]) -> list[Figure]:
    """All take turns. One Redis server for everyone, and files on one disk."""
    async with redis_server(bench.folder / "redis") as url:
        on_redis = [await _on_redis(bench.folder, url, peers, n) for n in range(ROUNDS)]
    in_files = [await _in_files(bench.folder, peers, n) for n in range(ROUNDS)]
    return [*_compared("on Redis", _medians(on_redis)), *_compared("in a file", _medians(in_files))]


def _medians(rounds: Sequence[Speeds]) -> Speeds:
    return {name: median(each[name] for each in rounds) for name in rounds[0]}


def _compared(where: str, speeds: Speeds) -> list[Figure]:
    """Against the fastest that does not lose jobs; if there is none, against any."""
    what = f"no-op jobs {where}, {SLOTS} slots: ours"
    mine = speeds.pop("ours")
    figures = [Figure(what, mine, "jobs/s")]
    if safe := {name: speed for name, speed in speeds.items() if name != AT_MOST_ONCE} or speeds:
        best = max(safe, key=lambda name: safe[name])
        figures.append(Figure(f"{what} ÷ {best}, the fastest", mine / safe[best], at_least=1.0))
    return figures + [Figure(f"  {name}", speed, "jobs/s") for name, speed in speeds.items()]


async def _on_redis(folder: Path, url: str, peers: Sequence[str], number: int) -> Speeds:
    name = f"peers-{number}"
    return {
        "ours": await ours(folder, url, SLOTS, name),
        "bullmq": await bare(url, SLOTS, name),
        **{peer: _theirs(folder, peer, url, name, JOBS) for peer in peers},
    }


async def _in_files(folder: Path, peers: Sequence[str], number: int) -> Speeds:
    settings = Settings(data_dir=folder / f"file-{number}")
    async with open_services(settings, embedder=PreparedEmbedder()) as container:
        speeds = {"ours": await throughput(container, SLOTS, is_held_up=True)}
    if "huey" in peers:
        file = str(folder / f"huey-{number}.db")
        speeds["huey"] = _theirs(folder, "huey", file, "peers", IN_FILE)
    return speeds


def _theirs(folder: Path, peer: str, place: str, name: str, jobs: int) -> float:
    with running(peer, folder / f"{peer}-home") as queue:
        speed: float = queue.ask("run", place=place, name=name, jobs=jobs, slots=SLOTS)
        return speed
