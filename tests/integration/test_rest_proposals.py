"""Proposals over REST, MCP and the command line: the same decisions by every door."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content
from memorizer.domain.proposals import ProposalKind
from memorizer.settings import Settings
from support.agents import agent
from support.memorizer import Memorizer
from support.processes import environment
from support.proposals import of_one, propose, replacing
from support.waiting import HANG_SECONDS

TEXT = "Green tea wants water of 80 degrees"


async def proposed(memorizer: Memorizer) -> tuple[str, str, str]:
    """The ids of a proposal, of the memory that it keeps and of the other one."""
    services, found = memorizer.services, []
    for end in ".!":
        content = Content(TEXT + end, title="Tea")
        found.append((await services.memories.create(content, actor="test")).memory)
    older, newer = found
    [id_] = await propose(services, replacing(newer, older, cluster=newer.id))
    return id_, newer.id, older.id


async def answered(client: httpx.AsyncClient, path: str, body: Any = None) -> Any:
    reply = await client.post(f"/api/{path}", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_a_proposal_is_shown_with_its_memories_accepted_and_undone(
    memorizer: Memorizer, client: httpx.AsyncClient
) -> None:
    id_, kept, other = await proposed(memorizer)
    listed = (await client.get("/api/proposals", params={"state": "open"})).json()
    [one] = listed["proposals"]
    assert (one["id"], one["kind"], one["recommended"]) == (id_, "replace", True)
    assert [each["id"] for each in one["memories"]] == [kept, other]
    assert one["memories"][0]["text"] == f"{TEXT}!"
    assert listed["states"]["open"] == 1

    done = await answered(client, f"proposals/{id_}/accept", {"wholeCluster": True})
    assert done["proposals"][0]["state"] == "accepted"
    assert (await client.get(f"/api/memories/{other}")).json()["supersededBy"] == kept
    undone = await answered(client, f"change-sets/{done['id']}/undo")
    assert undone["proposals"][0]["state"] == "open"
    assert "supersededBy" not in (await client.get(f"/api/memories/{other}")).json()


async def test_a_moved_version_is_409_and_says_which(
    memorizer: Memorizer, client: httpx.AsyncClient
) -> None:
    id_, _, other = await proposed(memorizer)
    await client.patch(f"/api/memories/{other}", json={"text": "Green tea wants 90."})
    reply = await client.post("/api/proposals/accept", json={"ids": [id_]})
    assert (reply.status_code, reply.json()["error"]) == (409, "Proposal stale")
    assert reply.json()["details"] == {"state": "stale", "memoryIds": [other]}
    assert (await client.get(f"/api/proposals/{id_}")).json()["state"] == "stale"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"archive": True}, 422),
        ({"keep": "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10"}, 422),
        ({"title": "Tea"}, 422),
        ({"wholeCluster": True, "text": "Tea."}, 422),
        ({"unknown": 1}, 422),
    ],
)
async def test_an_edit_that_does_not_fit_is_refused(
    memorizer: Memorizer, client: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    id_, _, _ = await proposed(memorizer)
    reply = await client.post(f"/api/proposals/{id_}/accept", json=body)
    assert reply.status_code == status, reply.text
    assert (await client.get(f"/api/proposals/{id_}")).json()["state"] == "open"


async def test_declined_and_accepted_ones_are_decided(
    memorizer: Memorizer, client: httpx.AsyncClient
) -> None:
    id_, _, _ = await proposed(memorizer)
    assert (await answered(client, f"proposals/{id_}/later"))["state"] == "later"
    assert (await answered(client, f"proposals/{id_}/decline"))["state"] == "declined"
    refused = await client.post(f"/api/proposals/{id_}/accept")
    assert (refused.status_code, refused.json()["error"]) == (409, "Proposal decided")
    assert (await answered(client, f"proposals/{id_}/reopen"))["state"] == "open"


async def test_the_job_is_queued_once(client: httpx.AsyncClient) -> None:
    replies = [await client.post("/api/admin/jobs/consolidation") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [202, 202]
    first, second = (reply.json()["jobId"] for reply in replies)
    jobs = (await client.get("/api/admin/jobs")).json()["jobs"]
    assert [job["name"] for job in jobs if job["id"] in {first, second}][:1] == [
        "consolidate-memories"
    ]


async def test_an_agent_lists_and_decides(memorizer: Memorizer) -> None:
    id_, kept, other = await proposed(memorizer)
    async with agent(memorizer.services, tools="all") as ours:
        listed = await ours.call("list_proposals")
        accepted = await ours.call("decide_proposal", id=id_, decision="accept")
        undone = await ours.call("decide_proposal", id=accepted["changeSetId"], decision="undo")
        declined = await ours.call("decide_proposal", id=id_, decision="decline")
        none = await ours.call("list_proposals")
    [one] = listed["proposals"]
    assert (one["id"], one["memoryIds"]) == (id_, [kept, other])
    assert (accepted["state"], undone["state"], declined["state"]) == (
        *("accepted", "open"),
        "declined",
    )
    assert none["proposals"] == []


def run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "memorizer", *arguments, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
        env=environment(),
    )


async def test_the_command_line_finds_lists_accepts_and_undoes(tmp_path: Path) -> None:
    async with open_services(Settings(data_dir=tmp_path)) as container:
        content = Content("Ferns want shade.", title="Untitled")
        memory = (await container.services.memories.create(content, actor="test")).memory
        new = of_one(ProposalKind.RETITLE, memory, title="Ferns")
        [id_] = await propose(container.services, new)

    listed = run(tmp_path, "proposals", "list", "--json")
    accepted = run(tmp_path, "proposals", "accept", id_, "--title", "Ferns in the shade")
    change_set = accepted.stderr.split("undo ")[1].split("`")[0]
    undone = run(tmp_path, "proposals", "undo", change_set)

    assert id_ in listed.stdout
    assert accepted.stdout == "✓ Accepted 1\n", accepted.stderr
    assert undone.stdout == "✓ Undid 1\n", undone.stderr
    async with open_services(Settings(data_dir=tmp_path)) as container:
        now = await container.services.memories.get(memory.id)
        assert (now.content.title, now.version) == ("Untitled", 1)
