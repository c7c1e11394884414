"""Who was shown what: by which way, how relevant, and never in the way of a search."""

import asyncio
from typing import Any

import httpx
import pytest

from memorizer.domain.auth import Scope
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.memories import Content
from memorizer.services import Services
from memorizer.services.recalls import RecallLog
from memorizer.settings import Settings
from support.agents import agent
from support.memorizer import Memorizer

Client = httpx.AsyncClient
TEA = "Green tea wants water of 80 degrees."


@pytest.fixture
def log(services: Services) -> RecallLog:
    return services.recalls.log


async def recalls(client: Client, log: RecallLog, query: str = "") -> list[dict[str, Any]]:
    await log.flush()
    found: list[dict[str, Any]] = (await client.get(f"/api/recalls{query}")).json()["recalls"]
    return found


async def store(client: Client, text: str = TEA) -> str:
    return str((await client.post("/api/memories", json={"text": text, "title": "T"})).json()["id"])


async def test_each_way_is_logged_with_what_it_showed(
    client: Client, services: Services, log: RecallLog
) -> None:
    memory = await store(client)
    agents = {"User-Agent": "curl/8"}
    await client.post("/api/search", json={"query": "green tea"}, headers=agents)
    page = {"Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla"}
    await client.post("/api/search", json={"query": "tea"}, headers=page)
    hook = {"User-Agent": "hook/codex"}
    await client.get("/api/context?q=green%20tea%20water%20of%2080%20degrees", headers=hook)
    async with agent(services) as ours:
        await ours.call("search_memories", query="green tea")

    mcp, context, page_search, rest = await recalls(client, log)
    assert [each["door"] for each in (mcp, context, page_search, rest)] == [
        "mcp",
        "context",
        "page",
        "rest",
    ]
    assert (rest["client"], context["client"], mcp["client"]) == (
        "curl/8",
        "hook/codex",
        "test-agent",
    )
    assert (rest["query"], rest["actor"], rest["answered"]) == ("green tea", "api", 1)
    [shown] = rest["shown"]
    assert (shown["id"], shown["title"], shown["rank"]) == (memory, "T", 1)
    assert 0 < shown["relevance"] <= 1
    assert [each["id"] for each in context["shown"]] == [memory]
    of_memory = (await client.get(f"/api/memories/{memory}/recalls")).json()
    assert (of_memory["count"], of_memory["lastAt"]) == (4, mcp["at"])
    assert of_memory["recent"][0]["door"] == "mcp"


async def test_empty_ones_are_found_and_can_be_listed_alone(client: Client, log: RecallLog) -> None:
    await client.post("/api/search", json={"query": "nothing like it"})
    await client.get("/api/context")  # nothing was looked for
    await store(client)
    await client.post("/api/search", json={"query": "green tea water 80 degrees"})
    [empty] = await recalls(client, log, "?empty=true")
    assert (empty["query"], empty["answered"], empty["shown"]) == ("nothing like it", 0, [])
    [other] = await recalls(client, log, "?empty=false&door=rest&door=mcp")
    assert other["answered"] == 1
    assert await recalls(client, log, "?door=page") == []
    first = (await client.get("/api/recalls?limit=1")).json()
    rest = (await client.get(f"/api/recalls?cursor={first['nextCursor']}")).json()
    assert [each["id"] for each in first["recalls"] + rest["recalls"]] == [other["id"], empty["id"]]


async def test_a_bound_token_sees_recalls_in_its_workspaces(
    client: Client, services: Services, log: RecallLog
) -> None:
    for path in ("acme", "beta"):
        await services.workspaces.create(path, actor="me")
    await services.memories.create(Content(TEA), actor="me", workspace="acme")
    grants = await services.workspaces.grants([("acme", Scope.READ)])
    _, text = await services.auth.create("bound", Scope.READ, grants=grants)
    _, admin = await services.auth.create("admin", Scope.ADMIN)
    bound, whole = ({"Authorization": f"Bearer {each}"} for each in (text, admin))
    await client.post("/api/search", json={"query": "one"}, headers=bound)
    for workspace in ("acme", "beta", None):
        body = {"query": f"in {workspace}", "workspace": workspace}
        await client.post("/api/search", json=body, headers=whole)
    await log.flush()
    seen = (await client.get("/api/recalls", headers=bound)).json()["recalls"]
    assert [each["query"] for each in seen] == ["in acme", "one"]
    assert [each["actor"] for each in seen] == ["admin", "bound"]
    assert (await client.get("/api/recalls", headers=whole)).json()["count"] == 4


async def test_a_database_that_fails_costs_no_search_and_loses_nothing(
    client: Client, services: Services, memorizer: Memorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, database = services.recalls.log, memorizer.container.adapters.database
    memory = await store(client)

    async def fails(_: object) -> None:
        raise StorageUnavailable("full")

    with monkeypatch.context() as broken:
        broken.setattr(type(database), "write", lambda _, work: fails(work))
        found = await client.post("/api/search", json={"query": "green tea"})
        assert found.json()["results"][0]["memory"]["id"] == memory
        with pytest.raises(StorageUnavailable):
            await log.flush()
    assert [each["query"] for each in await recalls(client, log)] == ["green tea"]


async def test_it_is_written_by_itself_and_at_the_end(
    client: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memorizer.services.recalls.FLUSH_SECONDS", 0)
    await client.post("/api/search", json={"query": "soon"})
    flushing = services.recalls.log._flushing
    assert flushing is not None
    await flushing
    assert (await client.get("/api/recalls")).json()["count"] == 1
    monkeypatch.setattr("memorizer.services.recalls.FLUSH_SECONDS", 3_600)
    await client.post("/api/search", json={"query": "late"})
    await services.recalls.log.close()
    assert (await client.get("/api/recalls")).json()["count"] == 2


async def test_pruning_and_what_was_never_recalled(client: Client, log: RecallLog) -> None:
    await store(client)
    never = (await client.get("/api/recalls/never")).json()
    assert (never["total"], never["days"], never["memories"]) == (0, 90, [])
    await client.post("/api/search", json={"query": "green tea"})
    assert len(await recalls(client, log)) == 1
    assert await log.prune() == 0


class TestSettings:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"recall_queries": False})

    async def test_queries_may_be_left_out(self, client: Client, log: RecallLog) -> None:
        await client.post("/api/search", json={"query": "secret"})
        [found] = await recalls(client, log)
        assert "query" not in found


class TestNoLog:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"recall_days": 0})

    async def test_without_a_log_only_counts_are_kept(self, client: Client, log: RecallLog) -> None:
        memory = await store(client)
        await client.post("/api/search", json={"query": "green tea"})
        assert await recalls(client, log) == []
        of_memory = (await client.get(f"/api/memories/{memory}/recalls")).json()
        assert (of_memory["count"], of_memory["recent"]) == (1, [])


async def test_many_at_once_are_written_together(client: Client, log: RecallLog) -> None:
    asked = (client.post("/api/search", json={"query": f"q{n}"}) for n in range(120))
    await asyncio.gather(*asked)
    await log.flush()
    first = (await client.get("/api/recalls?limit=100")).json()
    assert (first["count"], "nextCursor" in first) == (100, True)


async def test_connected_agents_are_listed(client: Client, services: Services) -> None:
    assert (await client.get("/api/connect/clients")).json() == {"clients": [], "count": 0}
    for number in range(60):
        services.clients.note(f"agent-{number}")
    listed = (await client.get("/api/connect/clients")).json()
    assert (listed["count"], listed["clients"][0]["name"]) == (50, "agent-59")
