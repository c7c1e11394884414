"""Our queues are BullMQ's: Node's own library works with them."""

from collections.abc import AsyncIterator

import pytest

from memorizer.domain.jobs import Job, JobState, Queue
from memorizer.domain.memories import Content
from memorizer.services import Services
from support.memorizer import Memorizer
from support.node_peer import NodePeer, node_peer
from support.waiting import wait_until

pytestmark = pytest.mark.long


@pytest.fixture
def queue_engine() -> str:
    return "redis"


@pytest.fixture
async def peer(memorizer: Memorizer) -> AsyncIterator[NodePeer]:
    url = memorizer.settings.redis_url
    assert url is not None
    async with node_peer(url.get_secret_value(), memorizer.settings.redis_prefix) as peer:
        yield peer


async def in_redis(services: Services, peer: NodePeer, job_id: str) -> Job:
    """The job, once it has been handed over."""

    async def known() -> object:
        return await peer.ask("look", id=job_id)

    await wait_until(known, description="the job reaches Redis")
    return await services.jobs.get(job_id)


async def test_node_sees_our_jobs_with_data_progress_and_result(
    memorizer: Memorizer, peer: NodePeer
) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("Water the ferns on Friday"), actor="test")
    job_id = str(stored.title_job_id)
    await in_redis(services, peer, job_id)
    waiting = await peer.ask("look", id=job_id)
    assert waiting["name"] == "generate-title"
    assert waiting["state"] == "waiting"
    assert waiting["data"] == {"memoryId": stored.memory.id, "replace": False}
    assert waiting["opts"]["attempts"] == 3
    assert waiting["opts"]["backoff"] == {"type": "exponential", "delay": 1000}

    await memorizer.start_worker()
    finished = await peer.ask("finish", id=job_id)
    assert finished["progress"] == [10, 30, 70]
    assert finished["returnvalue"] == {"version": 2, "writer": "first-words"}
    completed = await peer.ask("look", id=job_id)
    assert (completed["state"], completed["progress"]) == ("completed", 100)
    assert (await peer.ask("counts"))["completed"] == 1


async def test_a_job_added_by_node_is_completed_by_our_worker(
    memorizer: Memorizer, peer: NodePeer
) -> None:
    services = memorizer.services
    stored = await services.memories.create(
        Content("Prune the roses in March", title="Old"), actor="test"
    )
    await memorizer.start_worker()
    added = await peer.ask("add", data={"memoryId": stored.memory.id, "replace": True})
    finished = await peer.ask("finish", id=added["id"])
    assert finished["returnvalue"]["version"] == 2
    assert (
        await services.memories.get(stored.memory.id)
    ).content.title == "Prune the roses in March"
    job = await services.jobs.get(added["id"])
    assert (job.queue, job.state) == (Queue.TITLES, JobState.COMPLETED)


async def test_what_node_sends_amiss_fails_with_its_reason(
    memorizer: Memorizer, peer: NodePeer
) -> None:
    await memorizer.start_worker()
    for data in ({}, {"memoryId": 7}, None, "text", [1]):
        added = await peer.ask("add", data=data)

        async def ended(job_id: str = added["id"]) -> Job | None:
            job = await memorizer.services.jobs.get(job_id)
            settled = job.is_final or job.attempts > 0
            return job if settled else None

        job = await wait_until(ended, description="the job is tried")
        assert job is not None
        assert job.error or job.result, "either it is refused, or there is no such memory"


async def test_both_sides_pause_the_same_queue(memorizer: Memorizer, peer: NodePeer) -> None:
    services = memorizer.services
    await peer.ask("pause")
    assert [counts.paused for counts in await services.jobs.counts()] == [True, False, False]
    await services.jobs.pause(Queue.TITLES, paused=False)
    assert [counts.paused for counts in await services.jobs.counts()] == [False, False, False]


async def test_a_failed_job_is_retried_from_the_other_side(
    memorizer: Memorizer, peer: NodePeer
) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("Repot the fig"), actor="test")
    job = await in_redis(services, peer, str(stored.title_job_id))
    queue = memorizer.container.adapters.queue
    [claim] = await queue.claim("worker", Queue.TITLES, 1)
    await queue.fail(claim.lease, "no luck", None)
    assert (await peer.ask("look", id=job.id))["failedReason"] == "no luck"
    await peer.ask("retry", id=job.id)
    await memorizer.start_worker()
    finished = await peer.ask("finish", id=job.id)
    assert finished["returnvalue"]["version"] == 2
    assert (await services.memories.get(stored.memory.id)).content.title == "Repot the fig"
