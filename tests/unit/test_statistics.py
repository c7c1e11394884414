"""Figures of a large store are told again for a while; those of a small one never."""

from dataclasses import replace

import pytest

from memorizer.domain.memories import Content
from memorizer.services import Services, statistics


async def test_a_small_store_is_counted_every_time(services: Services) -> None:
    before = await services.statistics.figures()
    await services.memories.create(Content("Bees dance."), actor="test")

    after = await services.statistics.figures()

    assert (before.memories, after.memories) == (0, 1)


async def test_the_figures_of_a_large_store_are_told_again_for_a_while(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics, "MANY", 1)
    monkeypatch.setattr(statistics, "SHARE", 1_000_000)
    await services.memories.create(Content("Bees dance."), actor="test")
    first = await services.statistics.figures()
    await services.memories.create(Content("Ants march."), actor="test")

    again = await services.statistics.figures()
    anew = await replace(services.statistics, _recent=statistics.StatsCache()).figures()

    assert (first.memories, again.memories, anew.memories) == (1, 1, 2)
