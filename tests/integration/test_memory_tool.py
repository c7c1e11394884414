"""Claude's memory tool on memories: what the SDK's file tool does, with versions and a trash."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from anthropic.lib.tools import ToolError
from anthropic.tools.memory import BetaLocalFilesystemMemoryTool

from memorizer.services import Services
from memorizer_client.anthropic import AsyncMemorizerMemoryTool, MemorizerMemoryTool

Tool = AsyncMemorizerMemoryTool

DEPLOY = "/memories/notes/deploy.md"
STEPS: list[dict[str, Any]] = [
    {"command": "view", "path": DEPLOY},
    {"command": "create", "path": DEPLOY, "file_text": "One\nTwo\nThree\nFour\nFive\nSix\n"},
    {"command": "create", "path": DEPLOY, "file_text": "again"},
    {"command": "create", "path": "/memories/notes", "file_text": "a directory"},
    {"command": "view", "path": DEPLOY},
    {"command": "view", "path": DEPLOY, "view_range": [2, 3]},
    {"command": "view", "path": DEPLOY, "view_range": [5, -1]},
    {"command": "str_replace", "path": DEPLOY, "old_str": "Three", "new_str": "3\n3"},
    {"command": "str_replace", "path": DEPLOY, "old_str": "T", "new_str": "t"},
    {"command": "str_replace", "path": DEPLOY, "old_str": "3", "new_str": "t"},
    {"command": "str_replace", "path": DEPLOY, "old_str": "nothing", "new_str": ""},
    {"command": "insert", "path": DEPLOY, "insert_line": 0, "insert_text": "# Deploying\n"},
    {"command": "insert", "path": DEPLOY, "insert_line": 8, "insert_text": "Seven"},
    {"command": "insert", "path": DEPLOY, "insert_line": 99, "insert_text": "far"},
    {"command": "insert", "path": "/memories/notes", "insert_line": 0, "insert_text": "x"},
    {"command": "view", "path": DEPLOY},
    {"command": "create", "path": "/memories/empty", "file_text": ""},
    {"command": "view", "path": "/memories/empty"},
    {"command": "insert", "path": "/memories/empty", "insert_line": 0, "insert_text": "x"},
    {"command": "view", "path": "/memories/empty"},
    {"command": "rename", "old_path": DEPLOY, "new_path": "/memories/empty"},
    {"command": "rename", "old_path": DEPLOY, "new_path": "/memories/a/b/c.md"},
    {"command": "view", "path": DEPLOY},
    {"command": "rename", "old_path": "/memories/a", "new_path": "/memories/z"},
    {"command": "view", "path": "/memories/z/b/c.md"},
    {"command": "rename", "old_path": "/memories/nothing", "new_path": "/memories/y"},
    {"command": "delete", "path": "/memories/nothing"},
    {"command": "delete", "path": "/memories"},
    {"command": "rename", "old_path": "/memories", "new_path": "/memories/y"},
    {"command": "view", "path": "/elsewhere"},
    {"command": "view", "path": "/memories/../etc"},
    {"command": "delete", "path": "/memories/z"},
    {"command": "view", "path": "/memories/z/b/c.md"},
]


@pytest.fixture
async def tool(server: str) -> AsyncIterator[Tool]:
    tool = Tool(server)
    yield tool
    await tool.aclose()


async def said(tool: Tool, step: dict[str, Any]) -> str:
    try:
        return str(await tool.call(step))
    except ToolError as error:
        return f"error: {error}"


async def test_it_answers_as_the_tool_on_files_does(tool: Tool, tmp_path: Path) -> None:
    files = BetaLocalFilesystemMemoryTool(str(tmp_path))
    for step in STEPS:
        try:
            expected = str(files.call(step))
        except ToolError as error:
            expected = f"error: {error}"
        assert await said(tool, step) == expected, step


async def test_a_directory_shows_two_levels_and_sizes(tool: Tool) -> None:
    empty = await said(tool, {"command": "view", "path": "/memories"})
    assert empty.splitlines()[1:] == ["0B\t/memories"]
    for name, text in (
        ("b/c/d/e.md", "x" * 10),
        ("a.md", "y" * 1536),
        (".hidden", "z"),
        ("b/f", "w"),
    ):
        await tool.call({"command": "create", "path": f"/memories/{name}", "file_text": text})
    shown = await said(tool, {"command": "view", "path": "/memories"})
    header, *lines = shown.splitlines()
    assert header == (
        "Here're the files and directories up to 2 levels deep in /memories, "
        "excluding hidden items:"
    )
    assert lines == [
        "1.5K\t/memories",
        "1.5K\t/memories/a.md",
        "11B\t/memories/b/",
        "10B\t/memories/b/c/",
        "1B\t/memories/b/f",
    ]
    refused = await said(tool, {"command": "create", "path": "/memories/a.md/x", "file_text": "x"})
    assert refused == "error: The path /memories/a.md is not a directory."


async def test_every_edit_is_a_version_and_nothing_is_lost(tool: Tool, services: Services) -> None:
    path = "/memories/a.md"
    await tool.call({"command": "create", "path": path, "file_text": "One"})
    await tool.call({"command": "str_replace", "path": path, "old_str": "One", "new_str": "Two"})
    await tool.call({"command": "insert", "path": path, "insert_line": 1, "insert_text": "Three"})
    await tool.call({"command": "rename", "old_path": path, "new_path": "/memories/b.md"})
    memory = await services.keyed.get("memories/b.md")
    versions = await services.history.versions(memory.id)
    assert [each.content.text for each in versions] == ["Two\nThree\n", "Two", "One"]
    await tool.call({"command": "delete", "path": "/memories/b.md"})
    restored = await services.trash.untrash(memory.id, actor="test")
    assert restored.memory.content.text == "Two\nThree\n"
    await tool.clear_all_memory()
    assert "b.md" not in await said(tool, {"command": "view", "path": "/memories"})


async def test_edits_at_the_same_time_are_all_kept(tool: Tool) -> None:
    path = "/memories/list.md"
    await tool.call({"command": "create", "path": path, "file_text": "List\n"})
    lines = [f"line {n}" for n in range(4)]
    edits = [
        tool.call({"command": "insert", "path": path, "insert_line": 1, "insert_text": line})
        for line in lines
    ]
    await asyncio.gather(*edits)
    shown = await said(tool, {"command": "view", "path": path})
    assert all(line in shown for line in lines)


async def test_what_the_server_refuses_is_told_to_the_model(tool: Tool) -> None:
    step = {"command": "create", "path": "/memories/a\u0001b", "file_text": "x"}
    assert "control character" in await said(tool, step)


async def test_the_synchronous_tool_does_the_same(server: str) -> None:
    tool = MemorizerMemoryTool(server, prefix="users/7")

    def walk() -> str:
        tool.call({"command": "create", "path": "/memories/a", "file_text": "Tea"})
        return str(tool.call({"command": "view", "path": "/memories/a"}))

    assert (await asyncio.to_thread(walk)).endswith("     1\tTea")
    assert tool.to_dict() == {"type": "memory_20250818", "name": "memory"}
    tool.close()
