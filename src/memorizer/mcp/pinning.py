"""What a connection that is pinned to one workspace is told; the standard library only.

The address `/mcp/acme/billing-api` pins it. Its tools have no argument `workspace`, and its
instructions name the workspace.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

ARGUMENT: Final = "workspace"
CREATE: Final = "create"
"""Query parameter: with `true`, the first memory that is stored creates the workspace."""


def path_to(workspace: str | None) -> str:
    """Return the path and query of the MCP endpoint for a workspace that may not exist yet."""
    return "/mcp" if workspace is None else f"/mcp/{quote(workspace)}?{CREATE}=true"


def pinned_instructions(instructions: str, workspace: str) -> str:
    """Return the server's instructions with a sentence about the workspace."""
    return (
        f"{instructions.rstrip()}\n\nThis connection works in the workspace {workspace}: it stores "
        "there, and finds what is there or below.\n"
    )


def pinned_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tool's input schema without the argument."""
    properties = {name: each for name, each in schema["properties"].items() if name != ARGUMENT}
    return {**schema, "properties": properties}


def pinned_tools(listing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of `tools/list` without the argument."""
    tools = [
        {**tool, "inputSchema": pinned_schema(tool["inputSchema"])} for tool in listing["tools"]
    ]
    return {**listing, "tools": tools}
