"""An agent as tests play it: the official SDK's client before our server."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, Implementation, TextContent

from mcp import Client
from memorizer.mcp.server import MemoryServer
from memorizer.services import Services

Mode = Literal["legacy", "auto"]
NAME = "test-agent"


@dataclass
class Agent:
    """Calls tools and looks at the answers as a client does."""

    client: Client

    async def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """The facts; the text must say the same."""
        result = await self.result(tool, arguments)
        text = text_of(result)
        assert not result.is_error, text
        assert json.loads(text) == result.structured_content
        answer: dict[str, Any] = json.loads(text)
        return answer

    async def refused(self, tool: str, **arguments: object) -> str:
        """What is said to a call that fails."""
        result = await self.result(tool, arguments)
        assert result.is_error, text_of(result)
        return text_of(result)

    async def result(self, tool: str, arguments: dict[str, object]) -> CallToolResult:
        return await self.client.call_tool(tool, arguments)

    async def store(self, text: str, **further: object) -> str:
        """The id of a new memory."""
        stored = await self.call("store", type="note", text=text, source="test", **further)
        return str(stored["id"])


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


@asynccontextmanager
async def agent(
    server: Services | str | StdioServerParameters, *, tools: str = "core", mode: Mode = "auto"
) -> AsyncIterator[Agent]:
    """An agent at the services themselves, at a URL, or at a command."""
    server_or_tools = MemoryServer(server, tools) if isinstance(server, Services) else server
    info = Implementation(name=NAME, version="1.0")
    async with Client(server_or_tools, client_info=info, mode=mode) as client:
        yield Agent(client)
