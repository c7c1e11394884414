"""Loops that fail are started again; who asks hears which do not work."""

import asyncio
import threading

import pytest
import structlog
from prometheus_client import CollectorRegistry

from memorizer import supervision
from memorizer.adapters.prometheus import LoopMetrics
from memorizer.supervision import Loop, Supervisor
from support.waiting import wait_until


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    monkeypatch.setattr(supervision, "FIRST_PAUSE_MS", 1)
    return Supervisor()


class Work:
    """A loop that fails at its first starts, and then works until it may end."""

    def __init__(self, failures: int, error: BaseException | None = None) -> None:
        self.starts = 0
        self.may_end = asyncio.Event()
        self._failures = failures
        self._error = error or ValueError("unheard of")

    async def __call__(self, loop: Loop) -> None:
        self.starts += 1
        if self.starts <= self._failures:
            raise self._error
        loop.works()
        await self.may_end.wait()

    async def works(self) -> bool:
        return self.starts > self._failures


async def test_a_loop_that_fails_is_started_again_and_said_once(supervisor: Supervisor) -> None:
    work = Work(failures=5)
    with structlog.testing.capture_logs() as said:
        running = asyncio.create_task(supervisor.run("lane", work, asyncio.Event()))
        await wait_until(work.works, description="the loop works")
        work.may_end.set()
        await running
    assert [entry["event"] for entry in said if entry["log_level"] != "debug"] == [
        "a loop failed and is started again",
        "a loop works again",
    ]
    assert supervisor.restarts == {"lane": 5}
    assert supervisor.failures == []


async def test_an_error_in_the_place_of_a_cancellation_ends_the_loop(
    supervisor: Supervisor,
) -> None:
    async def work(loop: Loop) -> None:
        loop.works()
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("while it was cancelled")

    running = asyncio.create_task(supervisor.run("mcp", work, asyncio.Event()))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    assert supervisor.restarts == {"mcp": 1}


async def test_while_a_loop_fails_its_newest_reason_can_be_asked_for(
    supervisor: Supervisor,
) -> None:
    stop = asyncio.Event()
    work = Work(failures=1_000)
    running = asyncio.create_task(supervisor.run("lane", work, stop))

    async def failures() -> bool:
        return bool(supervisor.failures)

    await wait_until(failures, description="it failed")
    [failure] = supervisor.failures
    assert (failure.loop, failure.error) == ("lane", "ValueError: unheard of")
    stop.set()
    await running
    assert supervisor.failures == []


async def test_a_cancellation_from_within_is_a_failure_and_one_from_outside_an_end(
    supervisor: Supervisor,
) -> None:
    work = Work(failures=1, error=asyncio.CancelledError())
    running = asyncio.create_task(supervisor.run("lane", work, asyncio.Event()))
    await wait_until(work.works, description="the loop works")
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    assert work.starts == 2


async def test_after_the_stop_a_loop_may_wind_down_once_and_no_more(
    supervisor: Supervisor,
) -> None:
    stop = asyncio.Event()
    work = Work(failures=1_000)
    stop.set()
    await asyncio.wait_for(supervisor.run("lane", work, stop), 10)
    assert work.starts == 1


def test_a_thread_that_fails_is_started_again(supervisor: Supervisor) -> None:
    starts: list[int] = []

    def work(loop: Loop) -> None:
        starts.append(1)
        if len(starts) < 4:
            raise ValueError
        loop.works()

    thread = threading.Thread(
        target=supervisor.run_in_thread, args=("writer", work, threading.Event())
    )
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert supervisor.restarts == {"writer": 3}


def test_loops_and_their_restarts_are_metrics(supervisor: Supervisor) -> None:
    registry = CollectorRegistry()
    registry.register(LoopMetrics(supervisor))
    supervisor.add("signals")
    supervisor.add("writer").failed(ValueError())
    value = registry.get_sample_value
    assert value("memorizer_loop_restarts_total", {"loop": "writer"}) == 1
    assert value("memorizer_loop_restarts_total", {"loop": "signals"}) == 0
    assert value("memorizer_loop_up", {"loop": "writer"}) == 0
    assert value("memorizer_loop_up", {"loop": "signals"}) == 1
