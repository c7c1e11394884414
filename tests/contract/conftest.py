"""A database of each kind for the suites that are said to one port alone."""

from collections.abc import AsyncIterator

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from support.clock import ManualClock
from support.databases import DATABASES, Another, openings


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=DATABASES)
async def another(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Another]:
    """Opens the same database again, as another process does."""
    async with openings(DATABASES[request.param](request, clock)) as another:
        yield another


@pytest.fixture
async def database(another: Another) -> OpenDatabase:
    return await another()
