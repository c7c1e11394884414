"""Fixtures shared by all rooms of tests: a real Memorizer in an empty folder."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from memorizer.bootstrap import open_services
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.titles import FirstWords


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty data directory, and nothing from the environment."""
    return Settings(data_dir=tmp_path / "data", grace_seconds=1)


@pytest.fixture
async def memorizer(settings: Settings) -> AsyncIterator[Memorizer]:
    """Memorizer on the embedded database, with small models; its worker is not started yet."""
    embedder, writer = WordEmbedder(), FirstWords()
    async with AsyncExitStack() as stack:
        opened = open_services(settings, embedder=embedder, writer=writer)
        assembly = await stack.enter_async_context(opened)
        yield Memorizer(assembly, embedder, writer, settings, stack)


@pytest.fixture
def services(memorizer: Memorizer) -> Services:
    """The use cases, without a worker."""
    return memorizer.services
