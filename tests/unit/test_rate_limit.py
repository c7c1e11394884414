"""How fast clients may go, on a clock of the test's own."""

import asyncio

import pytest

from memorizer.domain.errors import TooManyRequests
from memorizer.http.auth.rate_limit import LoginThrottle, StreamLimit, TokenBucket


class Time:
    """Stands still until a test moves it, and notes who wanted to sleep."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_a_minutes_requests_may_come_at_once_and_the_next_is_told_when() -> None:
    pace = TokenBucket(60, time := Time())
    for _ in range(60):
        pace.take("laptop")

    with pytest.raises(TooManyRequests, match="60 requests a minute") as caught:
        pace.take("laptop")

    assert caught.value.retry_after == 1
    time.now += caught.value.retry_after
    pace.take("laptop")


def test_one_token_does_not_slow_another() -> None:
    pace = TokenBucket(1, Time())
    pace.take("laptop")
    pace.take("phone")


def test_a_long_rest_allows_no_more_than_one_minutes_requests() -> None:
    pace = TokenBucket(2, time := Time())
    pace.take("laptop")
    time.now += 10_000
    pace.take("laptop")
    pace.take("laptop")
    with pytest.raises(TooManyRequests):
        pace.take("laptop")


def test_zero_is_no_limit() -> None:
    pace = TokenBucket(0, Time())
    for _ in range(10_000):
        pace.take("laptop")


async def test_wrong_tokens_are_answered_later_and_later() -> None:
    wrong = LoginThrottle(time := Time(), time.sleep)
    for _ in range(8):
        await wrong.slow_down("192.0.2.1")

    assert time.slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


async def test_an_address_is_forgiven_after_a_quiet_minute_and_others_were_never_blamed() -> None:
    wrong = LoginThrottle(time := Time(), time.sleep)
    await wrong.slow_down("192.0.2.1")
    await wrong.slow_down("192.0.2.1")
    await wrong.slow_down("192.0.2.2")
    time.now += 61
    await wrong.slow_down("192.0.2.1")

    assert time.slept == [0.1, 0.2, 0.1, 0.1]


async def test_only_so_many_wait_and_the_rest_is_turned_away_at_once() -> None:
    gate = asyncio.Event()

    async def until_the_end(_: float) -> None:
        await gate.wait()

    wrong = LoginThrottle(Time(), until_the_end)
    waiting = [asyncio.create_task(wrong.slow_down("192.0.2.1")) for _ in range(20)]
    await asyncio.sleep(0)

    with pytest.raises(TooManyRequests, match="invalid token"):
        await wrong.slow_down("192.0.2.2")

    gate.set()
    await asyncio.gather(*waiting)
    await wrong.slow_down("192.0.2.2")


async def test_a_million_addresses_do_not_fill_the_memory() -> None:
    wrong = LoginThrottle(time := Time(), time.sleep)
    for n in range(5_000):
        await wrong.slow_down(str(n))

    assert len(wrong._recent) == LoginThrottle.MAX_ADDRESSES


def test_streams_are_counted_for_each_client_and_given_back() -> None:
    streams = StreamLimit(2)
    streams.acquire("laptop")
    streams.acquire("laptop")
    streams.acquire("phone")
    with pytest.raises(TooManyRequests, match="2 open event streams"):
        streams.acquire("laptop")

    streams.release("laptop")
    streams.acquire("laptop")
