"""The batcher: little padding, no one waits for somebody else's bulk, nothing hangs."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.batching import (
    MAX_BATCH_TOKENS,
    RUN_COST_TOKENS,
    Batcher,
    Tokens,
)
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.domain.memories import Vector
from support.clock import LoopClock
from support.waiting import HANG_SECONDS

PLENTY = 1_000_000
HOUR_SECONDS = 3_600.0
PLUG = [0] * MAX_BATCH_TOKENS
"""A text that fills a batch by itself."""


class Model:
    """Runs one batch for each permit it has, and remembers the batches."""

    def __init__(self, permits: int = PLENTY) -> None:
        self.batches: list[list[Tokens]] = []
        self.permits = threading.Semaphore(permits)
        self.busy = threading.Event()

    def __call__(self, batch: Sequence[Tokens]) -> list[Vector]:
        self.batches.append(list(batch))
        self.busy.set()
        assert self.permits.acquire(timeout=HANG_SECONDS)
        return [vector_of(tokens) for tokens in batch]


def vector_of(tokens: Tokens) -> Vector:
    return Vector(repr(list(tokens)).encode())


def batcher_of(model: Model, *, timeout_seconds: float = HANG_SECONDS) -> Batcher:
    telemetry = PrometheusTelemetry(CollectorRegistry())
    return Batcher(model, telemetry, timeout_seconds=timeout_seconds)


async def queued() -> None:
    """Let tasks that were just made run: they queue their texts before they first wait."""
    await asyncio.sleep(0)


async def plugged(model: Model, batcher: Batcher) -> asyncio.Task[list[Vector]]:
    """Keep the model busy with one batch, so that whatever comes next has to wait."""
    plug = asyncio.create_task(batcher.documents([PLUG]))
    await asyncio.to_thread(model.busy.wait, HANG_SECONDS)
    return plug


@pytest.fixture
async def held() -> AsyncIterator[tuple[Model, Batcher]]:
    """A model that runs nothing until it gets permits."""
    model = Model(permits=0)
    batcher = batcher_of(model)
    yield model, batcher
    model.permits.release(PLENTY)
    await batcher.close()


@pytest.fixture
async def free() -> AsyncIterator[tuple[Model, Batcher]]:
    model = Model()
    batcher = batcher_of(model)
    yield model, batcher
    await batcher.close()


Pair = tuple[Model, Batcher]


async def test_every_caller_gets_its_own_vectors_in_its_own_order(free: Pair) -> None:
    _, batcher = free
    calls = [[[n] * length for length in (9, 200, 3, 50, 9)] for n in range(8)]
    answers = await asyncio.gather(*(batcher.documents(texts) for texts in calls))
    assert answers == [[vector_of(text) for text in texts] for texts in calls]


async def test_no_texts_need_no_model(free: Pair) -> None:
    model, batcher = free
    assert await batcher.documents([]) == []
    assert model.batches == []


async def test_texts_of_different_callers_share_a_batch(held: Pair) -> None:
    model, batcher = held
    plug = await plugged(model, batcher)
    calls = [asyncio.create_task(batcher.documents([[n] * 10])) for n in range(5)]
    await queued()
    model.permits.release(PLENTY)
    await asyncio.gather(plug, *calls)
    assert [len(batch) for batch in model.batches] == [1, 5]


@settings(max_examples=50)
@given(calls=st.lists(st.lists(st.integers(1, 256), max_size=40), min_size=1, max_size=6))
def test_batches_hold_every_text_once_with_little_padding(calls: list[list[int]]) -> None:
    model = Model()

    async def embed() -> None:
        batcher = batcher_of(model)
        await asyncio.gather(*(batcher.documents([[0] * n for n in call]) for call in calls))
        await batcher.close()

    asyncio.run(embed())
    lengths = [[len(text) for text in batch] for batch in model.batches]
    assert sorted(chain(*lengths)) == sorted(chain(*calls))
    for batch in lengths:
        assert len(batch) == 1 or len(batch) * max(batch) <= MAX_BATCH_TOKENS
        assert max(batch) - min(batch) <= RUN_COST_TOKENS


async def test_a_query_goes_before_waiting_documents(held: Pair) -> None:
    model, batcher = held
    plug = await plugged(model, batcher)
    documents = asyncio.create_task(batcher.documents([[1] * 200] * 20))
    await queued()
    query = asyncio.create_task(batcher.query([7, 7]))
    await queued()
    model.permits.release(2)
    assert await query == vector_of([7, 7])
    assert model.batches[1] == [[7, 7]]
    model.permits.release(PLENTY)
    await asyncio.gather(plug, documents)


async def test_a_single_document_does_not_wait_for_a_bulk_of_a_thousand(held: Pair) -> None:
    model, batcher = held
    bulk = asyncio.create_task(batcher.documents([[1] * 100] * 1_000))
    await asyncio.to_thread(model.busy.wait, HANG_SECONDS)
    single = asyncio.create_task(batcher.documents([[2] * 20]))
    await queued()
    model.permits.release(3)
    assert await single == [vector_of([2] * 20)]
    assert not bulk.done()
    bulk.cancel()


async def test_texts_of_a_caller_that_gave_up_are_not_run(held: Pair) -> None:
    model, batcher = held
    plug = await plugged(model, batcher)
    gone = asyncio.create_task(batcher.documents([[1] * 100] * 50))
    stays = asyncio.create_task(batcher.documents([[2] * 100]))
    await queued()
    gone.cancel()
    await asyncio.wait({gone})
    model.permits.release(PLENTY)
    await asyncio.gather(plug, stays)
    assert model.batches == [[PLUG], [[2] * 100]]


async def test_a_failure_reaches_the_callers_of_that_batch_and_no_others() -> None:
    def run(batch: Sequence[Tokens]) -> list[Vector]:
        if [13] in batch:
            raise RuntimeError("bad luck")
        return [vector_of(tokens) for tokens in batch]

    batcher = Batcher(run, PrometheusTelemetry(CollectorRegistry()))
    unlucky = batcher.documents([[13], [1] * 100])
    lucky = batcher.documents([[1] * 200])
    failure, vectors = await asyncio.gather(unlucky, lucky, return_exceptions=True)
    assert isinstance(failure, EmbedderUnavailable)
    assert "bad luck" in str(failure)
    assert vectors == [vector_of([1] * 200)]
    assert await batcher.query([5]) == vector_of([5])
    await batcher.close()


async def test_a_model_that_returns_too_few_vectors_is_not_believed() -> None:
    batcher = Batcher(lambda _: [], PrometheusTelemetry(CollectorRegistry()))
    with pytest.raises(EmbedderUnavailable, match="0 vectors for 1 texts"):
        await batcher.documents([[1]])
    await batcher.close()


async def test_a_model_that_hangs_hangs_nobody() -> None:
    model = Model(permits=0)
    clock, batcher = LoopClock(), batcher_of(model, timeout_seconds=HOUR_SECONDS)
    documents = asyncio.create_task(batcher.documents([[1]]))
    await asyncio.to_thread(model.busy.wait, HANG_SECONDS)
    clock.advance(seconds=HOUR_SECONDS)
    with pytest.raises(EmbedderUnavailable, match="3600 seconds"):
        await documents
    with pytest.raises(EmbedderUnavailable):  # at once, without another hour
        await batcher.query([1])
    model.permits.release(PLENTY)
    await batcher.close()


async def test_a_model_that_hung_and_answers_again_is_used_again() -> None:
    model = Model(permits=0)
    batcher = batcher_of(model, timeout_seconds=0.05)
    with pytest.raises(EmbedderUnavailable):
        await batcher.documents([[1]])
    model.permits.release(PLENTY)
    while True:
        try:
            assert await batcher.documents([[2]]) == [vector_of([2])]
            break
        except EmbedderUnavailable:
            await asyncio.sleep(0)
    await batcher.close()


async def test_a_long_bulk_that_makes_progress_has_all_the_time_it_needs() -> None:
    clock = LoopClock()

    def run(batch: Sequence[Tokens]) -> list[Vector]:
        clock.advance(seconds=0.6 * HOUR_SECONDS)
        return [vector_of(tokens) for tokens in batch]

    telemetry = PrometheusTelemetry(CollectorRegistry())
    batcher = Batcher(run, telemetry, timeout_seconds=HOUR_SECONDS)
    assert len(await batcher.documents([PLUG] * 10)) == 10  # six hours in all
    await batcher.close()


async def test_closing_ends_the_running_batch_refuses_the_rest_and_stops_the_thread() -> None:
    model = Model(permits=0)
    batcher = batcher_of(model)
    plug = await plugged(model, batcher)
    waiting = asyncio.create_task(batcher.documents([[1]]))
    await queued()
    closing = asyncio.create_task(batcher.close())
    with pytest.raises(EmbedderUnavailable, match="closed"):
        await waiting
    model.permits.release(PLENTY)
    await closing
    assert await plug == [vector_of(PLUG)]
    assert not any(thread.is_alive() for thread in batcher._threads._threads)
    with pytest.raises(EmbedderUnavailable, match="closed"):
        await batcher.query([1])
    await batcher.close()


async def test_every_batch_is_measured() -> None:
    figures = CollectorRegistry()
    batcher = Batcher(Model(), PrometheusTelemetry(figures))
    await batcher.documents([[1] * 5, [1] * 6, [1] * 250])
    assert figures.get_sample_value("memorizer_embedding_batch_size_count") == 2
    assert figures.get_sample_value("memorizer_embedding_batch_size_sum") == 3
    await batcher.close()
