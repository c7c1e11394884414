"""The batcher: few tokens of padding, nobody waits for somebody else's bulk, nothing hangs."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memorizer.adapters.embeddings.batching import MOST_TOKENS, RUN_COST, Batcher, Tokens
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.domain.memories import Vector


class Model:
    """Runs a batch for every permit it is given, and remembers the batches."""

    def __init__(self, permits: int = 1_000_000) -> None:
        self.batches: list[list[Tokens]] = []
        self.permits = threading.Semaphore(permits)

    def __call__(self, batch: Sequence[Tokens]) -> list[Vector]:
        self.batches.append(list(batch))
        assert self.permits.acquire(timeout=30)
        return [vector_of(tokens) for tokens in batch]


class Figures:
    """Telemetry that keeps the sizes of the batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def batch_embedded(self, texts: int, seconds: float) -> None:
        assert seconds >= 0
        self.batches.append(texts)

    def attempt_ended(self, *_: object) -> None: ...

    def leg_searched(self, *_: object) -> None: ...


def vector_of(tokens: Tokens) -> Vector:
    return Vector(repr(list(tokens)).encode())


def text(length: int, mark: int = 1) -> Tokens:
    return [mark] * length


async def start(work: asyncio.Task[object] | None = None) -> None:
    """Let tasks that were just made run up to their first wait: their texts are queued then."""
    await asyncio.sleep(0)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def held_model() -> Model:
    return Model(permits=0)


@pytest.fixture
async def batcher(model: Model) -> AsyncIterator[Batcher]:
    batcher = Batcher(model, Figures())
    yield batcher
    await batcher.close()
