"""The totals of a large store are cached for a while; those of a small one never."""

import pytest

from memorizer.domain.memories import Content
from memorizer.services import Services, statistics


async def test_a_small_store_is_counted_every_time(services: Services) -> None:
    before = await services.statistics.totals()
    await services.memories.create(Content("Bees dance."), actor="test")

    after = await services.statistics.totals()

    assert (before.memories, after.memories) == (0, 1)


async def test_the_totals_of_a_large_store_are_cached_for_a_while(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "CACHED_FROM_MEMORIES", 1)
    monkeypatch.setattr(statistics, "CACHE_DURATION_FACTOR", 1_000_000)
    await services.memories.create(Content("Bees dance."), actor="test")
    first = await services.statistics.totals()
    await services.memories.create(Content("Ants march."), actor="test")

    again = await services.statistics.totals()
    services.statistics._cached_until = 0.0
    recounted = await services.statistics.totals()

    assert (first.memories, again.memories, recounted.memories) == (1, 1, 2)
