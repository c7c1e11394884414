"""All that is compared with others."""

from math import nan
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.peers import quality, queues, search, storing
from benchmarks.peers.venvs import NotInstalled, python_of

STORES: Final = ("chromadb", "mcp-memory-service", "mem0ai", "basic-memory")
QUEUES: Final = ("saq", "arq", "huey")


async def measure(bench: Bench) -> list[Figure]:
    """Nothing of this process runs while a driver is asked, so it may wait for the answer."""
    problems = {peer: _problem(peer) for peer in STORES + QUEUES}
    stores = [peer for peer in STORES if not problems[peer]]
    others = [peer for peer in QUEUES if not problems[peer]]
    return [
        *(Figure(f"{peer}: {problem}", nan) for peer, problem in problems.items() if problem),
        *search.measure(bench, stores),
        *storing.measure(bench, stores),
        *quality.measure(bench, stores),
        *await queues.measure(bench, others),
    ]


def _problem(peer: str) -> str | None:
    try:
        python_of(peer)
    except NotInstalled as problem:
        return f"not measured, because it was not installed: {problem}"
    return None
