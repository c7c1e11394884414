"""Stores and the deletion of their workspace at the same time, on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import psycopg
import pytest

from memorizer.domain.memories import Content
from memorizer.services import Services
from support.waiting import wait_until

Store = Callable[[], Awaitable[httpx.Response]]


@pytest.fixture
def database_engine() -> str:
    return "postgresql"


async def until_somebody_waits(connection: psycopg.Connection) -> None:
    """For a lock that this connection has."""

    async def is_waited_for() -> bool:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY"
            " (pg_blocking_pids(pid))"
        )
        return found.fetchone() != (0,)

    await wait_until(is_waited_for, description="a transaction waits")


@pytest.mark.parametrize("way", ["store", "key", "batch", "move"])
async def test_what_is_stored_while_its_workspace_goes_is_refused(
    services: Services, client: httpx.AsyncClient, postgres_url: str, way: str
) -> None:
    """It is neither an error of ours nor a memory that is nowhere."""
    await services.workspaces.create("acme", actor="me")
    made = await services.memories.create(Content("Unfiled.", title="t"), actor="me")
    memory = {"text": "a", "title": "t", "workspace": "acme"}
    requests = {
        "store": ("POST", "/api/memories", memory),
        "key": ("PUT", "/api/memories/by-key/a?workspace=acme", {"text": "a", "title": "t"}),
        "batch": ("POST", "/api/memories/batch", {"memories": [memory]}),
        "move": ("PATCH", f"/api/memories/{made.memory.id}", {"workspace": "acme"}),
    }
    method, path, body = requests[way]
    with psycopg.connect(postgres_url) as other:
        other.execute("DELETE FROM workspaces WHERE path = 'acme'")
        storing = asyncio.create_task(client.request(method, path, json=body))
        await until_somebody_waits(other)
        other.commit()
    reply = await storing
    assert reply.status_code in {200, 404} if way == "batch" else reply.status_code == 404
    assert "There is no workspace" in reply.text
    listed = (await client.get("/api/memories?workspace=unfiled")).json()["memories"]
    assert [each["text"] for each in listed] == ["Unfiled."]


async def test_a_workspace_is_not_deleted_under_what_was_just_stored(
    services: Services, client: httpx.AsyncClient, postgres_url: str
) -> None:
    made = await services.workspaces.create("acme", actor="me")
    moved = await services.memories.create(Content("Moved.", title="t"), actor="me")
    with psycopg.connect(postgres_url) as other:
        other.execute(
            "UPDATE memories SET workspace_seq = (SELECT seq FROM workspaces WHERE id = %s)"
            " WHERE id = %s",
            (made.id, moved.memory.id),
        )
        deleting = asyncio.create_task(client.delete("/api/workspaces/acme"))
        await until_somebody_waits(other)
        other.commit()
    reply = await deleting
    assert (reply.status_code, reply.json()["details"]["memories"]) == (409, 1)
