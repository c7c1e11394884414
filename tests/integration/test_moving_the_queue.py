"""The job queues move to Redis and back, and what is unfinished goes along."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.errors import Misconfigured
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.titles import FirstWords
from support.waiting import wait_until


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def away(tmp_path: Path, redis_url: str) -> Settings:
    return Settings.model_validate(
        {"data_dir": tmp_path, "redis_url": redis_url, "redis_prefix": f"test-{uuid4().hex}"}
    )


@asynccontextmanager
async def opened(settings: Settings, *, as_server: bool = True) -> AsyncIterator[Container]:
    async with open_services(
        settings, embedder=WordEmbedder(), writer=FirstWords(), may_move_queue=as_server
    ) as container:
        yield container


async def stored(settings: Settings) -> str:
    """The id of a memory that waits for its title."""
    async with opened(settings) as container:
        memory = await container.services.memories.create(Content("Water the ferns"), actor="test")
        return memory.memory.id


async def is_titled(settings: Settings, memory_id: str) -> None:
    async with opened(settings) as container, running(container.worker):

        async def titled() -> bool:
            return (await container.services.memories.get(memory_id)).content.title is not None

        await wait_until(titled, description="the title is written")


async def test_a_job_from_the_database_is_done_on_redis(here: Settings, away: Settings) -> None:
    await is_titled(away, await stored(here))


async def test_a_job_from_redis_is_done_in_the_database(here: Settings, away: Settings) -> None:
    await is_titled(here, await stored(away))


async def test_the_queue_goes_there_and_back_with_the_same_jobs(
    here: Settings, away: Settings
) -> None:
    memory_id = await stored(here)
    for settings in (away, here, away):
        async with opened(settings) as container:
            await container.services.jobs.generate_titles()
    await is_titled(here, memory_id)


async def test_a_command_with_other_settings_takes_no_jobs_away(
    here: Settings, away: Settings
) -> None:
    memory_id = await stored(away)
    with pytest.raises(Misconfigured, match="MEMORIZER_REDIS_URL"):
        async with opened(here, as_server=False):
            pass
    await is_titled(away, memory_id)


async def test_a_command_cannot_move_the_queue_out_either(here: Settings, away: Settings) -> None:
    await stored(here)
    with pytest.raises(Misconfigured, match="memorizer start"):
        async with opened(away, as_server=False):
            pass
