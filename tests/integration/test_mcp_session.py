"""One session of an agent, over each transport and over REST: all leave the same behind."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client.stdio import StdioServerParameters

from memorizer.bootstrap import open_services
from memorizer.domain.memories import Filter
from memorizer.mcp.stdio import server_discovery
from memorizer.settings import Settings
from support.agents import Agent, Mode, agent
from support.processes import environment
from support.stdio_process import server
from support.waiting import HANG_SECONDS

TEXTS = {
    "tea": "Green tea wants water of 80 degrees and two minutes.",
    "pot": "The iron pot keeps tea warm for an hour.",
    "bees": "Bees dance to tell where the flowers are.",
}
TITLES = {"tea": "Green tea", "bees": "Bees"}
QUERY = "how to brew tea"

Session = Callable[[Path], Awaitable[list[str]]]
"""Does the same work on a data directory; the texts that its search found, in their order."""


async def with_tools(ours: Agent) -> list[str]:
    """As an agent does it."""
    ids = {name: await ours.store(text, title=TITLES.get(name)) for name, text in TEXTS.items()}
    found = await ours.call("search_memories", query=QUERY, includeWeaker=True)
    read = await ours.call("get_many", ids=[hit["id"] for hit in found["results"]])
    await ours.call("edit", id=ids["tea"], old_text="80", new_text="70")
    await ours.refused("edit", id=ids["tea"], old_text="not there", new_text="x")
    versions = await ours.call("get", id=ids["tea"], includeVersionHistory=True)
    assert [each["version"] for each in versions["versions"]] == [2, 1]
    await ours.call("revert_to_version", id=ids["tea"], versionNumber=1)
    await ours.call("create_relationship", fromId=ids["pot"], toId=ids["tea"], type="brews")
    await ours.call("delete", id=ids["bees"])
    return [memory["text"] for memory in read["memories"]]


async def with_rest(client: httpx.AsyncClient) -> list[str]:
    """As a program does it."""

    async def ask(method: str, path: str, **body: object) -> Any:
        reply = await client.request(method, f"/api/{path}", json=body or None)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None

    ids = {}
    for name, text in TEXTS.items():
        title = {"title": TITLES[name]} if name in TITLES else {}
        stored = await ask("POST", "memories", text=text, type="note", source="test", **title)
        ids[name] = stored["id"]
    found = await ask("POST", "search", query=QUERY, includeContent=True)
    edited = TEXTS["tea"].replace("80", "70")
    await ask("PATCH", f"memories/{ids['tea']}", text=edited)
    await ask("POST", f"memories/{ids['tea']}/revert", version=1)
    link = {"fromMemoryId": ids["pot"], "toMemoryId": ids["tea"], "type": "brews"}
    await ask("POST", "relationships", **link)
    await ask("DELETE", f"memories/{ids['bees']}")
    return [hit["memory"]["text"] for hit in found["results"]]


@asynccontextmanager
async def running(data_dir: Path, **settings: str) -> AsyncIterator[str]:
    """The address of a `memorizer start`."""
    with server(data_dir, "--no-worker", **settings):
        found = server_discovery.read(data_dir)
        assert found is not None
        yield f"http://{found.host}:{found.port}"


async def over_rest(data_dir: Path) -> list[str]:
    async with (
        running(data_dir) as url,
        httpx.AsyncClient(base_url=url, timeout=HANG_SECONDS) as client,
    ):
        return await with_rest(client)


def over_http(mode: Mode, **settings: str) -> Session:
    async def session(data_dir: Path) -> list[str]:
        async with running(data_dir, **settings) as url, agent(f"{url}/mcp", mode=mode) as ours:
            return await with_tools(ours)

    return session


def over_stdio(mode: Mode) -> Session:
    async def session(data_dir: Path) -> list[str]:
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "memorizer", "mcp", "--data-dir", str(data_dir)],
            env=environment(worker="false"),
        )
        async with agent(command, mode=mode) as ours:
            return await with_tools(ours)

    return session


async def state(data_dir: Path, **settings: str) -> list[Any]:
    """Everything that a session left, without ids, times and who did it."""
    opened = Settings.model_validate({"data_dir": data_dir, **settings})
    async with open_services(opened) as container:
        memory_service, history = container.services.memories, container.services.history
        relate = container.services.relationships
        memories, _ = await memory_service.page(Filter(), before=None, limit=10)
        names = {memory.id: memory.content.text for memory in memories}
        return [
            (
                memory.content,
                [(each.version, each.content) for each in await history.versions(memory.id)],
                [each.type for each in await history.events(memory.id)],
                [
                    (names[each.from_id], each.type, names[each.to_id])
                    for each in await relate.list(memory.id)
                ],
            )
            for memory in memories
        ]


@pytest.mark.parametrize(
    "session",
    [over_http("legacy"), over_http("auto"), over_stdio("legacy"), over_stdio("auto")],
    ids=["http-legacy", "http-modern", "stdio-legacy", "stdio-modern"],
)
async def test_a_session_leaves_the_same_as_through_rest(tmp_path: Path, session: Session) -> None:
    found = await session(tmp_path / "agent")
    expected = await over_rest(tmp_path / "rest")

    assert found == expected
    assert await state(tmp_path / "agent") == await state(tmp_path / "rest")


async def test_a_session_on_postgresql_leaves_the_same_as_one_on_a_file(
    tmp_path: Path, postgres_url: str
) -> None:
    found = await over_http("auto", database_url=postgres_url)(tmp_path / "agent")
    expected = await over_rest(tmp_path / "rest")

    assert found == expected
    left = await state(tmp_path / "agent", database_url=postgres_url)
    assert left == await state(tmp_path / "rest")
