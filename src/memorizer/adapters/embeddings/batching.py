"""Batches the texts of many callers for one model, in a fair order.

In a batch every text is padded to the longest. So texts wait sorted by length, and a batch is one
text, the anchor, with waiting texts a little shorter, of any caller. The anchor is the longest text
of each caller in turn (round robin); queries go before documents. Models that compute in integers
get every text by itself, several of them side by side: see Schedule.
"""

import asyncio
import contextlib
import threading
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from memorizer.domain.errors import EmbedderUnavailable, MemorizerError
from memorizer.domain.memories import Vector
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

Tokens = Sequence[int]
Run = Callable[[Sequence[Tokens]], Sequence[Vector]]
"""The model: one vector for each text of a batch. Called in threads of the batcher."""

MAX_BATCH_TOKENS: Final = 384
"""Padding included. Measured: larger batches leave the processor's cache and are slower; and a
query waits for the running batch, here 70 ms on two cores."""
RUN_COST_TOKENS: Final = 16
"""Fixed cost of one run, in tokens: a text shorter than the longest by up to so many is batched."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a model wants to be run."""

    at_once: int = 1
    """Runs beside each other, each in a thread of its own."""
    batch_tokens: int = MAX_BATCH_TOKENS
    """Of one run, padding included; 0: every text has a run of its own."""


@dataclass(slots=True, eq=False)
class _Call:
    """The request of one caller: the future of its vectors, and those computed so far."""

    size: int
    future: Future[list[Vector]] = field(default_factory=Future)
    vectors: dict[int, Vector] = field(default_factory=dict)

    def deliver(self, position: int, vector: Vector) -> None:
        self.vectors[position] = vector
        if len(self.vectors) == self.size:
            # the caller may be gone, or another of its texts may have failed
            with contextlib.suppress(InvalidStateError):
                self.future.set_result([self.vectors[i] for i in range(self.size)])

    def fail(self, error: MemorizerError) -> None:
        with contextlib.suppress(InvalidStateError):
            self.future.set_exception(error)


@dataclass(frozen=True, slots=True, eq=False)
class _Text:
    call: _Call
    position: int
    tokens: Tokens


@dataclass(slots=True, eq=False)
class _Drain:
    """A thread that runs batches until none wait, and the one that it runs."""

    batch: list[_Text] = field(default_factory=list)
    thread: "Future[None] | None" = None


class _TextQueue:
    """Waiting texts by length, and the callers in the order of their turns."""

    def __init__(self) -> None:
        self._texts: list[_Text] = []
        self._turns: deque[_Call] = deque()

    def add(self, call: _Call, texts: Sequence[Tokens]) -> None:
        self._texts += [_Text(call, position, tokens) for position, tokens in enumerate(texts)]
        self._texts.sort(key=_length)
        self._turns.append(call)

    def take(self, batch_tokens: int) -> list[_Text]:
        """Remove and return the next batch; empty when nothing waits."""
        if any(call.future.done() for call in self._turns):  # cancelled, failed or answered
            self._turns = deque(call for call in self._turns if not call.future.done())
            self._texts = [text for text in self._texts if not text.call.future.done()]
        while self._turns:
            call = self._turns.popleft()
            anchor = self._longest(call)
            if anchor is not None:
                self._turns.append(call)
                return self._cut(anchor, batch_tokens)
        return []

    def clear(self) -> list[_Call]:
        """Remove all texts; return their callers."""
        calls = list({text.call for text in self._texts})
        self._texts.clear()
        self._turns.clear()
        return calls

    def _longest(self, call: _Call) -> int | None:
        backwards = range(len(self._texts) - 1, -1, -1)
        return next((i for i in backwards if self._texts[i].call is call), None)

    def _cut(self, anchor: int, batch_tokens: int) -> list[_Text]:
        text = self._texts.pop(anchor)
        width = _length(text)
        most = max(1, batch_tokens // max(1, width))
        end = bisect_right(self._texts, width, key=_length)
        first = max(end + 1 - most, bisect_left(self._texts, width - RUN_COST_TOKENS, key=_length))
        batch = [*self._texts[first:end], text]
        del self._texts[first:end]
        return batch


def _length(text: _Text) -> int:
    return len(text.tokens)


class Batcher:
    """Runs the texts of all callers in threads of its own, as `schedule` says."""

    def __init__(
        self,
        run: Run,
        telemetry: Telemetry,
        *,
        threads: int = 1,
        timeout_seconds: float = 30.0,
        supervisor: Supervisor | None = None,
    ) -> None:
        """Raise to a caller when no batch at all is finished for `timeout_seconds`.

        `threads`: at most so many runs beside each other, whatever the schedule says.
        """
        self.schedule = Schedule()
        self._run = run
        self._telemetry = telemetry
        self._timeout = timeout_seconds
        self._supervisor = supervisor or Supervisor()
        self._loop = self._supervisor.add("embedder")
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="embedder")
        self._lock = threading.RLock()  # a thread that ended at once is recovered from in it
        self._queries = _TextQueue()
        self._documents = _TextQueue()
        self._drains: set[_Drain] = set()
        self._closed = False
        self._finished = 0
        self._stuck_at: int | None = None

    async def documents(self, texts: Sequence[Tokens]) -> list[Vector]:
        """Return one vector per text, in order. Raises EmbedderUnavailable."""
        return await self._embed(self._documents, texts)

    async def query(self, text: Tokens) -> Vector:
        """Return the vector of one text, ahead of all documents. Raises EmbedderUnavailable."""
        return (await self._embed(self._queries, [text]))[0]

    async def close(self) -> None:
        """Wait for the running batches, stop the threads; callers get EmbedderUnavailable."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            refused = self._queries.clear() + self._documents.clear()
            running = [asyncio.wrap_future(drain.thread) for drain in self._drains if drain.thread]
        self._supervisor.remove(self._loop)
        for call in refused:
            call.fail(EmbedderUnavailable("The embedder was closed."))
        stuck = (await asyncio.wait(running, timeout=self._timeout))[1] if running else ()
        self._threads.shutdown(wait=not stuck, cancel_futures=True)

    async def _embed(self, lane: _TextQueue, texts: Sequence[Tokens]) -> list[Vector]:
        if not texts:
            return []
        if self._stuck_at == self._finished:
            raise self._stuck()
        call = _Call(len(texts))
        with self._lock:
            if self._closed:
                raise EmbedderUnavailable("The embedder was closed.")
            lane.add(call, texts)
            self._start(len(texts))
        return await self._outcome(call)

    async def _outcome(self, call: _Call) -> list[Vector]:
        waiting = asyncio.wrap_future(call.future)
        try:
            while True:
                finished = self._finished
                done, _ = await asyncio.wait({waiting}, timeout=self._timeout)
                if done:
                    return waiting.result()
                if finished == self._finished:
                    self._stuck_at = finished
                    raise self._stuck()
        finally:
            waiting.cancel()  # a caller that was cancelled: its texts are dropped

    def _stuck(self) -> EmbedderUnavailable:
        return EmbedderUnavailable(
            f"The embedding model has not answered for {self._timeout:g} seconds. "
            "If this goes on, restart Memorizer."
        )

    def _start(self, texts: int) -> None:
        """Start a thread for each text, at most as many as the schedule has."""
        for _ in range(min(texts, self.schedule.at_once - len(self._drains))):
            drain = _Drain()
            self._drains.add(drain)
            drain.thread = self._threads.submit(self._drain, drain)
            drain.thread.add_done_callback(partial(self._recover, drain))

    def _drain(self, drain: _Drain) -> None:
        while self._next_batch(drain):
            self._embed_batch(drain.batch)
            self._loop.works()

    def _recover(self, drain: _Drain, ended: "Future[None]") -> None:
        """After an unexpected error: raise to all callers; the next call starts anew."""
        if ended.cancelled() or (error := ended.exception()) is None:
            return
        self._loop.failed(error)
        with self._lock:
            self._drains.discard(drain)
            calls = {*self._queries.clear(), *self._documents.clear()}
            calls |= {text.call for text in drain.batch}
        for call in calls:
            call.fail(_failed(error))

    def _next_batch(self, drain: _Drain) -> bool:
        """Give the thread its next texts; False when none wait, and it ends."""
        most = self.schedule.batch_tokens
        with self._lock:
            drain.batch = self._queries.take(most) or self._documents.take(most)
            if not drain.batch:
                self._drains.discard(drain)
            return bool(drain.batch)

    def _embed_batch(self, batch: list[_Text]) -> None:
        started = time.perf_counter()
        try:
            vectors = self._vectors(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the callers
            failure = _failed(error)
            for text in batch:
                text.call.fail(failure)
            return
        finally:
            with self._lock:
                self._finished += 1
        self._telemetry.batch_embedded(len(batch), time.perf_counter() - started)
        for text, vector in zip(batch, vectors, strict=True):
            text.call.deliver(text.position, vector)

    def _vectors(self, batch: list[_Text]) -> Sequence[Vector]:
        vectors = self._run([text.tokens for text in batch])
        if len(vectors) != len(batch):
            raise ValueError(f"{len(vectors)} vectors for {len(batch)} texts")
        return vectors


def _failed(error: BaseException) -> EmbedderUnavailable:
    failure = EmbedderUnavailable(f"The embedding model failed: {error}")
    failure.__cause__ = error
    return failure
