"""The job that makes proposals changes nothing, finds nothing twice, and survives its worker."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from memorizer.domain.errors import LeaseLost
from memorizer.domain.jobs import CONSOLIDATE, BulkProgress, Claim, JobState, Queue
from memorizer.domain.memories import Content, Memory
from memorizer.domain.proposals import Proposal, ProposalKind, ProposalState
from memorizer.domain.validity import Times
from memorizer.settings import Settings
from support.harness import WORKER, Harness, open_harness
from support.waiting import wait_until

ME = "test"
PLANTS = ["Fern", "Moss", "Rose", "Oak", "Elm", "Ivy", "Fig", "Kale", "Leek", "Mint", "Yew", "Pea"]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["database", "redis"])
def queue_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def harness(settings: Settings) -> AsyncIterator[Harness]:
    async with open_harness(settings) as harness:
        yield harness


async def store(harness: Harness, text: str, **fields: Any) -> Memory:
    workspace = fields.pop("workspace", None)
    content = Content(text, title=fields.pop("title", text), **fields)
    created = await harness.services.memories.create(content, actor=ME, workspace=workspace)
    return created.memory


async def work(harness: Harness, *, dies_after: int | None = None) -> None:
    """Run the job as a worker does; with `dies_after` it stops at so many reports."""
    claim = await claimed(harness)
    reports = 0

    async def report(progress: int, items: BulkProgress | None = None) -> None:
        nonlocal reports
        assert items is not None
        assert progress < 100
        reports += 1
        if reports == dies_after:
            raise LeaseLost("the worker is gone")

    try:
        effect = await harness.task(CONSOLIDATE).run(claim.job, report)
    except LeaseLost:
        await harness.queue.release([claim.lease])
        return
    await harness.queue.complete(claim.lease, effect)


async def claimed(harness: Harness) -> Claim:
    """Redis has it a moment later."""
    claims: list[Claim] = []

    async def is_there() -> bool:
        claims.extend(await harness.queue.claim(WORKER, Queue.EMBEDDINGS, 1))
        return bool(claims)

    await wait_until(is_there, description="the job can be claimed")
    return claims[0]


async def consolidated(harness: Harness) -> list[Proposal]:
    await harness.services.jobs.consolidate()
    await work(harness)
    return await open_ones(harness)


async def open_ones(harness: Harness) -> list[Proposal]:
    page, _ = await harness.services.proposals.page(state=ProposalState.OPEN)
    return page


async def test_each_kind_is_found_and_no_memory_is_changed(harness: Harness) -> None:
    old = await store(harness, "Green tea wants water of 80 degrees.")
    newer = await store(harness, "Green tea wants water of 80 degrees!")
    useless = await store(harness, "Ferns grow in the shade of trees.", title="Untitled")
    secret = await store(harness, "The key is AKIA" + "ABCDEFGHIJKLMNOP.", title="Cloud")
    due = await store(harness, "Passwords are rotated.", times=Times(review_at=1))
    over = await store(harness, "The sale is on.", times=Times(valid_from=1, valid_until=2))
    before = await harness.services.memories.get_many([old.id, newer.id, useless.id, secret.id])

    found = await consolidated(harness)
    kinds = {
        (each.kind, *(named.memory_id for named in each.memories)): each.is_recommended
        for each in found
    }
    assert kinds == {
        (ProposalKind.REPLACE, newer.id, old.id): True,
        (ProposalKind.RETITLE, useless.id): True,
        (ProposalKind.SECRETS, secret.id): True,
        (ProposalKind.REVIEW, due.id): False,
        (ProposalKind.REVIEW, over.id): False,
    }
    assert before == await harness.services.memories.get_many([each.id for each in before])
    assert not any("AKIA" in str(each) for each in found), "no proposal quotes a secret"


async def test_looking_again_finds_nothing_new_and_what_was_declined_not_at_all(
    harness: Harness,
) -> None:
    for end in ".!":
        await store(harness, f"Green tea wants water of 80 degrees{end}")
    [first] = await consolidated(harness)
    assert await consolidated(harness) == [first]
    await harness.services.proposals.decline(first.id, actor=ME)
    assert await consolidated(harness) == []


async def test_a_worker_that_dies_loses_nothing_and_its_successor_doubles_nothing(
    harness: Harness,
) -> None:
    for plant in PLANTS:
        for end in ".!":
            await store(harness, f"{plant} of the garden {plant}{end}")
    job_id = await harness.services.jobs.consolidate()
    assert await harness.services.jobs.consolidate() == job_id
    await work(harness, dies_after=2)
    between = await open_ones(harness)
    assert 0 < len(between) < 12
    await work(harness)
    found = await open_ones(harness)
    pairs = {tuple(named.memory_id for named in each.memories) for each in found}
    assert len(pairs) == len(found) == 12
    assert {each.id for each in between} <= {each.id for each in found}
    job = await harness.services.jobs.get(job_id)
    assert (job.state, job.result and job.result["examined"]) == (JobState.COMPLETED, 24)


async def test_nothing_is_compared_across_workspaces(harness: Harness) -> None:
    for name in ("One", "Two"):
        await harness.services.workspaces.create(name, actor=ME)
    text = "Green tea wants water of 80 degrees."
    for place in ("one", "two", "unfiled"):
        await store(harness, text, workspace=place)
    assert await consolidated(harness) == []
    twin = await store(harness, text, workspace="two")
    [found] = await consolidated(harness)
    assert found.memories[0].memory_id == twin.id
    assert found.workspace_id == twin.workspace_id
