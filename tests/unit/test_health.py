"""Readiness asks little, however often it is asked, and waits for nothing but the vital part."""

import asyncio

import pytest

from memorizer.domain.errors import EmbedderUnavailable
from memorizer.services import health
from memorizer.services.health import VITAL, CachedCall, CheckResult, HealthCheck, Readiness
from support.waiting import wait_until


class Part:
    """A part of the system in a test's hands."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = 0
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def ask(self) -> str:
        self.asked += 1
        await self.answers.wait()
        if self.fails:
            raise EmbedderUnavailable("down")
        return "fine"


class Time:
    """Stands still until a test moves it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def parts() -> dict[str, Part]:
    return {name: Part(name) for name in (VITAL, "queue", "embedder")}


@pytest.fixture
def ready(parts: dict[str, Part], time: Time) -> Readiness:
    return Readiness([HealthCheck(part.name, part.ask) for part in parts.values()], clock=time)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts that are not vital are not waited for at all."""
    monkeypatch.setattr(health, "OTHERS_SECONDS", 0.0)


async def test_many_questions_try_each_part_once(ready: Readiness, parts: dict[str, Part]) -> None:
    await asyncio.gather(*(ready.checks() for _ in range(60)))
    assert all(check.ok for check in await ready.checks())
    assert [part.asked for part in parts.values()] == [1, 1, 1]


async def test_a_part_is_tried_again_when_its_word_is_old_and_models_more_rarely(
    ready: Readiness, parts: dict[str, Part], time: Time
) -> None:
    await ready.checks()
    time.now = health.FRESH_SECONDS
    await ready.checks()
    assert [part.asked for part in parts.values()] == [2, 2, 1]
    time.now = health.MODEL_FRESH_SECONDS
    await ready.checks()
    assert [part.asked for part in parts.values()] == [3, 3, 2]


async def test_a_part_that_failed_is_tried_again_sooner(
    ready: Readiness, parts: dict[str, Part], time: Time
) -> None:
    parts["queue"].fails = True
    assert [check.ok for check in await ready.checks()] == [True, False, True]
    parts["queue"].fails = False
    time.now = health.FAILED_FRESH_SECONDS
    assert all(check.ok for check in await ready.checks())
    assert parts[VITAL].asked == 1


@pytest.mark.usefixtures("impatient")
async def test_a_part_that_hangs_holds_nobody_up_and_its_last_word_is_told(
    ready: Readiness, parts: dict[str, Part], time: Time
) -> None:
    hanging = parts["queue"]
    hanging.answers.clear()
    first = {check.part: check for check in await ready.checks()}
    assert first[VITAL].ok
    assert first["queue"].detail == "has not answered yet"

    hanging.answers.set()
    time.now = 2 * health.FRESH_SECONDS

    async def is_well() -> bool:
        return all(check.ok for check in await ready.checks())

    await wait_until(is_well, description="the trial ends")

    hanging.answers.clear()
    time.now = 4 * health.FRESH_SECONDS
    assert all(check.ok for check in await ready.checks())
    for _ in range(5):
        await ready.checks()
    assert hanging.asked == 2, "one trial hangs, and none is begun beside it"
    await ready.close()


@pytest.mark.usefixtures("impatient")
async def test_the_vital_part_is_waited_for(ready: Readiness, parts: dict[str, Part]) -> None:
    parts[VITAL].answers.clear()
    asking = asyncio.create_task(ready.checks())

    async def is_asked() -> int:
        return parts["embedder"].asked

    await wait_until(is_asked, description="all parts are tried")
    done, _ = await asyncio.wait({asking}, timeout=0)
    assert not done
    parts[VITAL].answers.set()
    assert CheckResult(VITAL, ok=True, detail="fine") in await asking


async def test_a_bug_in_one_part_does_not_hide_the_others() -> None:
    async def broken() -> str:
        raise LookupError("no such thing")

    [check] = await Readiness([HealthCheck(VITAL, broken)]).checks()
    assert not check.ok
    assert "no such thing" in check.detail


async def test_who_goes_away_does_not_end_the_question_of_the_others() -> None:
    may_answer = asyncio.Event()

    async def ask() -> str:
        await may_answer.wait()
        return "answer"

    cached_call = CachedCall(ask, lambda _: 1.0)
    hasty, patient = asyncio.create_task(cached_call.get()), asyncio.create_task(cached_call.get())
    await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.wait({hasty})
    may_answer.set()
    assert await patient == "answer"
