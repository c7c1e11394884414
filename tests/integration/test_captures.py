"""Captures: parts of transcripts become proposals, once, without secrets, feeding nothing back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memorizer.cli.hook_capture import MAX_PART_BYTES, read_part
from memorizer.domain.captures import NewCapture
from memorizer.domain.jobs import CAPTURE, Claim, Queue
from memorizer.domain.memories import Content
from memorizer.domain.proposals import Proposal, ProposalKind, ProposalState
from memorizer.settings import Settings
from support.harness import WORKER, Harness, open_harness
from support.waiting import wait_until

RULE = "From now on we deploy on Tuesdays only."
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"


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


def part(*texts: str) -> str:
    lines = ({"type": "user", "message": {"role": "user", "content": text}} for text in texts)
    return "\n".join(json.dumps(line) for line in lines)


async def report(progress: int, items: object = None) -> None:
    assert (progress, items) == (10, None)


async def captured(harness: Harness, *texts: str, workspace: str | None = None) -> bool:
    """Hand a part over and run its job; whether there was one."""
    new = NewCapture("session", "claude-code", part(*texts), workspace)
    taken = await harness.services.captures.take(new, caller="me")
    if taken.job_id is None:
        return False
    claims: list[Claim] = []

    async def is_there() -> bool:
        claims.extend(await harness.queue.claim(WORKER, Queue.EMBEDDINGS, 1))
        return bool(claims)

    await wait_until(is_there, description="the job can be claimed")
    effect = await harness.task(CAPTURE).run(claims[0].job, report)
    await harness.queue.complete(claims[0].lease, effect)
    return True


async def proposed(harness: Harness) -> list[Proposal]:
    page, _ = await harness.services.proposals.page(state=ProposalState.OPEN)
    return page


async def test_a_statement_is_proposed_once_and_stored_when_it_is_accepted(
    harness: Harness,
) -> None:
    assert await captured(harness, RULE, "Thanks!")
    [found] = await proposed(harness)
    assert (found.kind, found.suggestion["text"], found.is_recommended) == (
        ProposalKind.NEW,
        RULE,
        False,
    )
    assert not await captured(harness, RULE, "Thanks!"), "the same part twice"
    assert await captured(harness, RULE, "And more.")
    assert [each.id for each in await proposed(harness)] == [found.id]

    done = await harness.services.proposals.accept([found.id], actor="test")
    memory = await harness.services.memories.get(done.proposals[0].created_memory_id or "")
    assert (memory.content.text, memory.content.tags) == (RULE, ("captured",))
    assert await captured(harness, "The agent was told so.", RULE)
    assert await proposed(harness) == [], "what is stored feeds nothing back"


async def test_secrets_are_masked_before_anything_is_stored(harness: Harness) -> None:
    await captured(harness, f"Remember that the key of the cloud is {KEY}.")
    [found] = await proposed(harness)
    assert found.suggestion["text"] == "Remember that the key of the cloud is [secret removed]."


async def test_a_part_belongs_to_its_workspace_and_is_not_compared_with_others(
    harness: Harness,
) -> None:
    await harness.services.workspaces.create("Acme", actor="test")
    await harness.services.memories.create(Content(RULE), actor="test", workspace="unfiled")
    await captured(harness, RULE, workspace="acme")
    [found] = await proposed(harness)
    acme = (await harness.services.workspaces.get("acme")).workspace
    assert found.workspace_id == acme.id


def test_only_whole_new_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    file.write_bytes(b'{"a": 1}\n{"b": 2}\n{"unfin')
    first = read_part(file, 0)
    assert first is not None
    assert (first.text, first.end) == ('{"a": 1}\n{"b": 2}', 18)
    assert read_part(file, file.stat().st_size) is None
    file.write_bytes(b'{"a": 1}\n{"b": 2}\n{"c": 3}\n')
    second = read_part(file, first.end)
    assert second is not None
    assert (second.text, second.end) == ('{"c": 3}', 27)
    file.write_bytes(b'{"new": 1}\n')
    anew = read_part(file, 27)
    assert anew is not None
    assert anew.text == '{"new": 1}'


def test_of_a_long_part_the_end_is_read(tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    line = b'{"x": "' + b"y" * 990 + b'"}\n'
    file.write_bytes(line * (MAX_PART_BYTES // len(line) + 10))
    part = read_part(file, 0)
    assert part is not None
    assert part.text.startswith('{"x"')
    assert len(part.text) <= MAX_PART_BYTES
    assert part.end == file.stat().st_size
