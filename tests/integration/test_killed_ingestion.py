"""`kill -9` while documents are ingested: each is there once, and what failed says why."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.memories import Filter
from memorizer.services import Services
from memorizer.settings import Settings
from support.chaos import either
from support.document_files import DOCUMENTS
from support.processes import started, whereabouts
from support.waiting import wait_until

ENGINES = [("sqlite", "database"), ("sqlite", "redis"), ("postgresql", "database")]
KILLS = either(chaos=10, otherwise=2)
COUNT = either(chaos=1_000, otherwise=10)
"""Mixed documents, of which one in ten is broken; few enough here that the test stays short."""
BROKEN_EVERY = 10
LEASE_SECONDS = 3.0


@pytest.fixture(params=ENGINES, ids="-".join)
def engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def database_engine(engines: tuple[str, str]) -> str:
    return engines[0]


@pytest.fixture
def queue_engine(engines: tuple[str, str]) -> str:
    return engines[1]


@pytest.fixture
async def container(settings: Settings) -> AsyncIterator[Container]:
    hasty = settings.model_copy(update={"lease_seconds": LEASE_SECONDS})
    async with open_services(hasty) as container:
        yield container


def document(number: int) -> tuple[str, bytes]:
    """A name and bytes of its own; text formats take turns, binary ones come once each."""
    if number % BROKEN_EVERY == 0:
        return f"{number}.pdf", f"no PDF {number}".encode()
    ending = (".md", ".txt", ".html", ".py", ".csv")[number % 5]
    return f"{number}{ending}", f"# Document {number}\n\nWords of {number};1\n".encode()


async def send(services: Services, source: str, content: bytes) -> str:
    return await services.documents.add_file(BytesIO(content), source, actor="test")


async def test_documents_whose_workers_are_killed_are_ingested_once(
    container: Container, settings: Settings
) -> None:
    services = container.services
    files = [document(number) for number in range(COUNT)]
    files += [(name, make()) for name, make in DOCUMENTS.items()]
    jobs = {source: await send(services, source, content) for source, content in files}
    where = {**whereabouts(settings), "lease_seconds": str(LEASE_SECONDS)}
    for _ in range(KILLS):
        before = await _ended(services)
        with started("memorizer", "worker", "--data-dir", str(settings.data_dir), **where):
            await _more_ended(services, than=before)
    async with running(container.worker):
        await _all_ended(services, len(files))
    found = {source: await services.jobs.get(job_id) for source, job_id in jobs.items()}
    broken = {f"{number}.pdf" for number in range(0, COUNT, BROKEN_EVERY)}
    assert {source for source, job in found.items() if job.state is JobState.FAILED} == broken
    assert all("none" in (found[source].error or "") for source in broken)
    sources, part_count = await _documents(services)
    assert sources == Counter(source for source, _ in files if source not in broken)
    memories, _ = await services.memories.page(Filter(), before=None, limit=10 * len(files))
    assert len(memories) == part_count
    await asyncio.gather(*(send(services, *each) for each in files[1:3]))
    async with running(container.worker):
        await _all_ended(services, len(files) + 2)
    assert await _documents(services) == (sources, part_count)


async def _documents(services: Services) -> tuple[Counter[str], int]:
    """How often there is each source, and the number of all parts."""
    found, _ = await services.documents.page(before=None, limit=2 * COUNT + 100)
    return Counter(each.source for each in found), sum(each.part_count for each in found)


async def _ended(services: Services) -> int:
    [counts] = [c for c in await services.jobs.counts() if c.queue is Queue.DOCUMENTS]
    return counts.by_state[JobState.COMPLETED] + counts.by_state[JobState.FAILED]


async def _all_ended(services: Services, total: int) -> None:
    while (ended := await _ended(services)) < total:
        await _more_ended(services, than=ended)


async def _more_ended(services: Services, *, than: int) -> None:
    async def more() -> bool:
        return await _ended(services) > than

    await wait_until(more, description="documents are ingested")
