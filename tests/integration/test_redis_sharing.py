"""Two installations on one Redis: neither gets the other's jobs."""

import pytest

from memorizer.adapters.bullmq.queue import BullmqJobQueue
from memorizer.domain.jobs import Job, JobState, Queue
from support.memorizer import Memorizer
from support.waiting import wait_until

NEVER_HERE = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e14"


@pytest.fixture
def queue_engine() -> str:
    return "redis"


@pytest.mark.parametrize(
    ("queue", "name"),
    [(Queue.TITLES, "generate-title"), (Queue.EMBEDDINGS, "regenerate-embedding")],
)
async def test_a_job_for_a_memory_that_was_never_here_fails(
    memorizer: Memorizer, queue: Queue, name: str
) -> None:
    jobs = memorizer.assembly.parts.queue
    assert isinstance(jobs, BullmqJobQueue)
    foreign = {"name": name, "data": {"memoryId": NEVER_HERE}, "opts": {"jobId": "foreign"}}
    await jobs._queues[queue].bull.addBulk([foreign])
    await memorizer.start_worker()

    async def ended() -> Job | None:
        job = await memorizer.services.jobs.get("foreign")
        return job if job.is_final else None

    job = await wait_until(ended, description="the job ends")
    assert job is not None
    assert job.state is JobState.FAILED
    assert NEVER_HERE in (job.error or "")
    assert "MEMORIZER_REDIS_PREFIX" in (job.error or "")
