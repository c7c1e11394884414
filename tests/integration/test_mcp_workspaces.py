"""MCP in workspaces: pinned by the address or the command, or named in a call."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from memorizer.domain.auth import Scope
from memorizer.mcp.stdio.static_replies import StaticReplies
from memorizer.services import Services
from support.agents import agent
from support.mcp_server import serving
from support.stdio_process import HELLO, memorizer_mcp, server

TEA = "Green tea wants water of 80 degrees."


async def test_a_call_may_name_a_workspace_and_else_reaches_all(services: Services) -> None:
    for path in ("acme", "beta"):
        await services.workspaces.create(path, actor="me")
    async with agent(services) as ours:
        await ours.call("store", type="note", text=TEA, source="t", workspace="acme")
        await ours.call("store", type="note", text=f"{TEA} So it is.", source="t")

        there = await ours.call("search_memories", query="tea", workspace="acme")
        elsewhere = await ours.call("search_memories", query="tea", workspace="beta")
        everywhere = await ours.call("search_memories", query="tea")
        missing = await ours.refused("search_memories", query="tea", workspace="gamma")

    assert [there["count"], elsewhere["count"], everywhere["count"]] == [1, 0, 2]
    assert "workspace" in missing
    assert "gamma" in missing


@pytest.mark.parametrize("beside_a_server", [True, False])
def test_a_pinned_command_works_in_its_workspace_alone(
    tmp_path: Path, beside_a_server: bool
) -> None:
    def said(workspace: str) -> dict[str, Any]:
        arguments = ("-m", "memorizer", "mcp", "--workspace", workspace, "--data-dir")
        with memorizer_mcp(tmp_path, *arguments) as process:
            hello = process.ask("initialize", **HELLO)["result"]
            tools = process.ask("tools/list")["result"]["tools"]
            before = process.call("search_memories", query="tea")
            process.call("store", type="note", text=f"{TEA} ({workspace})", source="t")
            after = process.call("search_memories", query="tea")
            named = process.ask(
                "tools/call",
                name="search_memories",
                arguments={"query": "tea", "workspace": "other"},
            )
            loaded = process.ask("tools/list")["result"]["tools"]
        return {
            "instructions": hello["instructions"],
            "arguments": {name for tool in tools for name in tool["inputSchema"]["properties"]},
            "counts": [before["count"], after["count"]],
            "named": named["result"]["content"][0]["text"],
            "same": tools == loaded,
        }

    def both() -> list[dict[str, Any]]:
        return [said("acme/billing-api"), said("acme/web")]

    if beside_a_server:
        with server(tmp_path):
            found = both()
    else:
        found = both()

    for each, workspace in zip(found, ("acme/billing-api", "acme/web"), strict=True):
        assert f"works in the workspace {workspace}:" in each["instructions"]
        assert "workspace" not in each["arguments"]
        assert each["counts"] == [0, 1], "the other workspace is not seen"
        assert each["same"]
        assert "leave out workspace" in each["named"]


def test_worktrees_of_one_repository_share_a_memory_and_another_repository_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    for name, origin in (("one", "acme/one"), ("clone", "acme/one"), ("two", "acme/two")):
        git = tmp_path / name / ".git"
        git.mkdir(parents=True)
        (git / "config").write_text(f'[remote "origin"]\n\turl = git@example.org:{origin}.git\n')
    auto = ("-m", "memorizer", "mcp", "--workspace", "auto", "--data-dir")
    counts = []
    for name in ("one", "clone", "two"):
        monkeypatch.chdir(tmp_path / name)
        with memorizer_mcp(store, *auto) as process:
            process.hello()
            if name == "one":
                process.call("store", type="note", text=TEA, source="t")
            counts.append(process.call("search_memories", query="tea")["count"])

    assert counts == [1, 1, 0]


async def test_a_bound_token_reaches_no_other_address(services: Services) -> None:
    for path in ("a", "b"):
        await services.workspaces.create(path, actor="me")
    grants = await services.workspaces.grants([("a", Scope.WRITE)])
    token, text = await services.auth.create("bound", Scope.WRITE, grants=grants)
    assert token.grants == grants
    arguments = {"type": "note", "text": TEA, "source": "t"}
    call = {"name": "store", "arguments": arguments}
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}

    async with serving(services) as app:
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {text}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            own = (await client.post("/mcp/a", json=request)).json()
            others = [
                (await client.post(address, json=request)).json()
                for address in ("/mcp/b", "/mcp/b?create=true", "/mcp/c?create=true")
            ]

    assert not own["result"]["isError"]
    for said in others:
        assert said.get("error") or said["result"]["isError"], said
    tree = {node.workspace.path: node.counts.memories for node in await services.workspaces.tree()}
    assert tree == {"a": 1, "b": 0}


def test_the_replies_of_a_pinned_command_name_its_workspace() -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
    answered = StaticReplies("core", "acme").answer(asked)
    assert answered is not None
    assert "works in the workspace acme:" in json.loads(answered)["result"]["instructions"]


async def test_projects_are_kept_by_the_tools_of_the_parent_system(services: Services) -> None:
    async with agent(services, tools="all") as ours:
        await ours.call("create_workspace", name="Acme")
        made = await ours.call(
            "create_project",
            name="Billing API",
            workspaceId="acme",
            victoryConditions="Invoices are sent.",
        )
        path = made["workspace"]["path"]
        id_ = await ours.store(TEA, title="Tea")
        await ours.call("move_memory", id=id_, projectId=path)
        await ours.call("update_project", projectId=path, status="On hold")
        context = await ours.call("get_project_context", projectId=path)
        listed = await ours.call("get_by_filter", workspaceId="acme")
        unfiled = await ours.call("get_by_filter", workspaceId="unfiled")
        await ours.call("archive_memory", id=id_)
        archived = await ours.call("list_archived", projectId=path)
        refused = await ours.refused("delete_project", projectId=path)
        await ours.call("delete_project", projectId=path, to="parent")
        left = await ours.call("get_workspace")

    assert path == "acme/billing-api"
    assert context["project"]["status"] == "on_hold"
    assert context["project"]["victoryConditions"] == "Invoices are sent."
    assert [each["id"] for each in context["newest"]] == [id_]
    assert [each["id"] for each in listed["memories"]] == [id_]
    assert unfiled["memories"] == []
    assert [each["id"] for each in archived["memories"]] == [id_]
    assert "1 memor" in refused
    assert [each["path"] for each in left["workspaces"]] == ["acme"]
