"""What hooks inject: `python -m benchmarks.injection [--deadlines]`, some two minutes.

The store holds the memories of the set `service`. Each prompt of `sets/service-prompts.jsonl` is
asked as `memorizer hook prompt` asks it, in a session of its own
that has begun. Half of the prompts need nothing. With `--deadlines`, hooks also run against a
server that is healthy, dead, stopped or slow: 100 each.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter
from typing import Final

from benchmarks.judged import SETS, own_sets
from memorizer.bootstrap import open_services
from memorizer.mcp.stdio import server_discovery
from memorizer.mcp.stdio.server_discovery import ServerRecord
from memorizer.services.context import ContextRequest
from memorizer.settings import Settings

PROMPTS: Final = SETS / "service-prompts.jsonl"
HOOK: Final = (
    *(sys.executable, "-m", "memorizer", "hook", "prompt"),
    *("--client", "claude-code"),
)
RUNS: Final = 100
START_SECONDS: Final = 120.0
Store = dict[str, str]
"""Ids of memories by the keys of the set."""


async def fill(settings: Settings) -> Store:
    """Store the memories of the set; return their ids."""
    [judged] = [each for each in own_sets() if each.name == "service"]
    async with open_services(settings) as container:
        memories = container.services.memories
        return {
            key: (await memories.create(content, actor="bench")).memory.id
            for key, content in judged.memories.items()
        }


async def measure(settings: Settings, ids: Store) -> None:
    """Print how many prompts that need nothing got something, and how many others the right."""
    lines = [json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").splitlines()]
    wrong: list[str] = []
    missed: list[str] = []
    characters = 0
    async with open_services(settings) as container:
        context = container.services.context
        for number, line in enumerate(lines):
            session = str(number)
            await container.services.memories.database.write(
                lambda tx, name=f":{session}": tx.shown.add(name, [], 0)  # type: ignore[misc]
            )
            packed = await context.pack(ContextRequest(line["prompt"], session=session))
            found = {item.memory.id for item in packed.items}
            characters += len(packed.markdown)
            wanted = {ids[key] for key in line["relevant"]}
            if not wanted and found:
                wrong.append(line["prompt"])
            elif wanted and not wanted & found:
                missed.append(line["prompt"])
    needing = sum(bool(line["relevant"]) for line in lines)
    print(f"  needing nothing, injected: {len(wrong)} of {len(lines) - needing}")
    print(f"  others, the right memory: {needing - len(missed)} of {needing}")
    print(f"  characters per prompt: {characters / len(lines):.0f}")
    for title, prompts in (("injected needlessly", wrong), ("missed", missed)):
        print(f"  {title}:", *(f"    {prompt}" for prompt in prompts), sep="\n")


def hook(data_dir: Path, number: int) -> tuple[float, bool]:
    """Run one hook; return its seconds, and whether it printed anything."""
    given = {"session_id": f"deadline-{number}", "prompt": "When may I promote to production?"}
    start = perf_counter()
    process = subprocess.Popen(
        [*HOOK, "--data-dir", str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    printed, _ = process.communicate(json.dumps(given).encode())
    seconds = perf_counter() - start
    if process.returncode != 0:
        raise AssertionError(f"exit {process.returncode}")
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return seconds, bool(printed)
    raise AssertionError("a process is left")


def run_many(title: str, data_dir: Path) -> None:
    """Run the hook RUNS times and print its times."""
    done = [hook(data_dir, number) for number in range(RUNS)]
    seconds = sorted(each for each, _ in done)
    print(
        f"  {title}: p50 {median(seconds):.3f} s, p95 {seconds[RUNS * 95 // 100]:.3f} s,"
        f" longest {seconds[-1]:.3f} s, answered {sum(said for _, said in done)} of {RUNS}"
    )


@contextmanager
def server(data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server on the data directory until the block ends."""
    command = [sys.executable, "-m", "memorizer", "start", "--port", "0", "--data-dir"]
    process = subprocess.Popen([*command, str(data_dir)], stderr=subprocess.DEVNULL)
    try:
        until = monotonic() + START_SECONDS
        while (found := server_discovery.connect(data_dir)) is None and monotonic() < until:
            process.poll()
        if found is not None:
            found.connection.close()
        yield process
    finally:
        process.kill()
        process.wait()


def measure_deadlines(data_dir: Path) -> None:
    """Run hooks against servers in every state."""
    with server(data_dir) as process:
        hook(data_dir, -1)
        run_many("healthy", data_dir)
        os.kill(process.pid, signal.SIGSTOP)
        run_many("stopped", data_dir)
    run_many("dead", data_dir)
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as silent:
        record = ServerRecord.at(silent, "slow", "key")
        with server_discovery.announced(Path(folder), record):  # it accepts, and says nothing
            run_many("slow", Path(folder))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadlines", action="store_true")
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        ids = asyncio.run(fill(settings))
        asyncio.run(measure(settings, ids))
        if wanted.deadlines:
            measure_deadlines(Path(folder))


if __name__ == "__main__":
    main()
