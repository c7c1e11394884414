"""What clients see of the tools must pass through all of them: names, schemas, sizes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from memorizer.mcp.prompts import INSTRUCTIONS
from memorizer.mcp.server import listed
from memorizer.mcp.tool import Tool, ToolAnnotation
from memorizer.mcp.tools import CORE, GROUPS

TOOLS = GROUPS["all"]
LONGEST_PREFIX = "mcp__plugin_memorizer_memorizer__"
"""What the wordiest client puts before a name."""
STUMBLING_BLOCKS = {
    *("$ref", "$defs", "anyOf", "oneOf", "allOf", "not", "const", "title"),
    "additionalProperties",
}


def on_the_wire(tool: Tool) -> dict[str, Any]:
    return listed(tool).model_dump(mode="json", by_alias=True, exclude_none=True)


def size(tools: tuple[Tool, ...]) -> int:
    listing = {"tools": [on_the_wire(tool) for tool in tools]}
    return len(json.dumps(listing, ensure_ascii=False, separators=(",", ":")).encode())


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema within a schema."""
    yield schema
    for child in schema.get("properties", {}).values():
        yield from nodes(child)
    if "items" in schema:
        yield from nodes(schema["items"])


SCHEMAS = {
    f"{tool.name} {side}": schema
    for tool in TOOLS
    for side, schema in (("takes", tool.input_schema), ("gives", tool.output_schema))
}


def test_the_core_tools_are_those_that_prompts_name() -> None:
    assert [tool.name for tool in CORE] == [
        "store",
        "search_memories",
        "recent",
        "get",
        "get_many",
        "edit",
        "update_metadata",
        "delete",
        "create_relationship",
        "revert_to_version",
    ]


def test_the_core_listing_costs_less_than_10_kilobytes() -> None:
    assert size(CORE) <= 10_000


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_names_are_short_and_plain_enough_for_every_client(tool: Tool) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{1,23}", tool.name)
    assert len(LONGEST_PREFIX + tool.name) <= 60


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_has_a_title_and_a_short_description(tool: Tool) -> None:
    assert 5 <= len(tool.title) <= 40
    assert 40 <= len(tool.description) <= 600


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_argument_is_described_and_typed(tool: Tool) -> None:
    for name, schema in tool.input_schema["properties"].items():
        assert schema["description"], name
        assert schema["type"] in {"string", "integer", "number", "boolean", "array", "object"}, name


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_schemas_hold_nothing_that_a_client_stumbles_over(schema: dict[str, Any]) -> None:
    assert schema["type"] == "object"
    for node in nodes(schema):
        assert not STUMBLING_BLOCKS & set(node)
        assert all(isinstance(value, str) for value in node.get("enum", ()))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_what_a_tool_takes_is_typed_throughout(tool: Tool) -> None:
    for node in nodes(tool.input_schema):
        assert isinstance(node["type"], str)
        assert node["type"] != "array" or node["items"]["type"] in {"string", "object"}


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_objects_within_an_answer_are_left_open_as_fastmcp_2_needs_it(tool: Tool) -> None:
    for part in tool.output_schema["properties"].values():
        assert part.get("type") != "object"
        assert part.get("items", {}).get("type") != "object"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_hints_say_what_a_tool_does(tool: Tool) -> None:
    hints = on_the_wire(tool)["annotations"]
    assert hints["readOnlyHint"] == (tool.effect is ToolAnnotation.READS)
    assert hints.get("destructiveHint", False) == tool.name.startswith(("delete", "remove"))


def test_the_tools_that_begin_everything_ask_to_be_kept_at_hand() -> None:
    kept = {tool.name for tool in TOOLS if "_meta" in on_the_wire(tool)}
    assert kept == {"store", "search_memories"}


def test_instructions_fit_where_clients_cut_them() -> None:
    assert len(INSTRUCTIONS) <= 1_500
    assert "search it before you answer" in INSTRUCTIONS[:100]
