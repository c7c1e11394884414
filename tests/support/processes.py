"""Other processes of ours, as tests start and end them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memorizer.settings import Settings

TESTS = Path(__file__).parents[1]


def environment(**settings: str) -> dict[str, str]:
    """Ours, with these settings alone, with the tests importable."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MEMORIZER_")}
    given = {f"MEMORIZER_{name.upper()}": value for name, value in settings.items()}
    return {**kept, **given, "PYTHONPATH": str(TESTS)}


def whereabouts(settings: Settings) -> dict[str, str]:
    """What tells another process where the memories and the queues are, besides the directory."""
    places: dict[str, str] = {}
    if settings.database_url is not None:
        places["database_url"] = settings.database_url.get_secret_value()
        places["database_connections"] = str(settings.database_connections)
    if settings.redis_url is not None:
        places["redis_url"] = settings.redis_url.get_secret_value()
        places["redis_prefix"] = settings.redis_prefix
    return places


@contextmanager
def started(*arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m ARGUMENTS`, killed with -9 at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**settings),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def children() -> list[tuple[int, str]]:
    """Processes that this one started and that run: their pids and command lines."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line.split(None, 3) for line in listed.splitlines()]
    mine = [line for line in lines if line[1] == str(os.getpid()) and line[2][0] != "Z"]
    return [(int(pid), arguments) for pid, _, _, arguments in mine]
