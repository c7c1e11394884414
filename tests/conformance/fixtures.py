"""What the official conformance suite wants to find, beside ours, on the product's application.

Left out are the tools by which a server asks a client of the handshake era back: a server
without sessions cannot (baseline-2025-11-25.yml names them).
"""

import base64
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp_types import (
    AudioContent,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from conformance.questions import add_questions
from memorizer.mcp.http_transport import HttpTransport
from memorizer.mcp.server import MemoryServer
from memorizer.services import Services

Ctx = Context[Any, Any]
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="


class FixtureEndpoint(HttpTransport):
    """The product's endpoint, serving the fixtures too."""

    def server(self, services: Services) -> MemoryServer:
        server = super().server(services)
        for add in (_contents, _resources, _prompts, _reports, add_questions, _subscriptions):
            add(server)
        return server


def _image() -> ImageContent:
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


def _embedded(uri: str) -> EmbeddedResource:
    text = TextResourceContents(uri=uri, mime_type="text/plain", text="An embedded text.")
    return EmbeddedResource(type="resource", resource=text)


def _contents(server: MCPServer[Any]) -> None:
    """Tools that give every kind of content."""

    @server.tool()
    def test_simple_text() -> str:
        """The suite's simple text."""
        return "This is a simple text response for testing."

    @server.tool()
    def test_image_content() -> ImageContent:
        """The suite's image content."""
        return _image()

    @server.tool()
    def test_audio_content() -> AudioContent:
        """The suite's audio content."""
        return AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")

    @server.tool()
    def test_embedded_resource() -> EmbeddedResource:
        """The suite's embedded resource."""
        return _embedded("test://embedded-resource")

    @server.tool()
    def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
        """The suite's multiple content types."""
        text = TextContent(type="text", text="Three kinds of content:")
        return [text, _image(), _embedded("test://mixed-content-resource")]

    @server.tool()
    def test_error_handling() -> str:
        """The suite's error handling."""
        raise ToolError("This tool intentionally returns an error for testing")


def _resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text")
    def static_text() -> str:
        """The suite's static text."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """The suite's static binary."""
        return base64.b64decode(PIXEL)

    @server.resource("test://template/{id}/data", mime_type="application/json")
    def template(id: str) -> str:  # noqa: A002 - the template's own name
        """The suite's template."""
        return f'{{"id":"{id}","templateTest":true,"data":"Data for ID: {id}"}}'

    @server.resource("test://watched-resource")
    def watched() -> str:
        """The suite's watched."""
        return "Watched resource content"


def _prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def test_simple_prompt() -> str:
        """The suite's simple prompt."""
        return "This is a simple prompt for testing."

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
        """The suite's prompt with arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803
        """The suite's prompt with embedded resource."""
        return [UserMessage(_embedded(resourceUri)), UserMessage("Please process it.")]

    @server.prompt()
    def test_prompt_with_image() -> list[UserMessage]:
        """The suite's prompt with image."""
        return [UserMessage(_image()), UserMessage("Please analyze the image above.")]


def _reports(server: MCPServer[Any]) -> None:
    """Tools that say something while they work."""

    @server.tool()
    async def test_tool_with_logging(ctx: Ctx) -> str:
        """The suite's tool with logging."""
        for step in ("started", "is processing", "completed"):
            await ctx.info(f"Tool execution {step}")
        return "logged"

    @server.tool()
    async def test_logging_tool(ctx: Ctx) -> str:
        """The suite's logging tool."""
        await ctx.info("only for who asked for it")
        return "logged"

    @server.tool()
    async def test_tool_with_progress(ctx: Ctx) -> str:
        """The suite's tool with progress."""
        for done in (0, 50, 100):
            await ctx.report_progress(done, 100, f"Completed step {done} of 100")
        return "done"


def _subscriptions(server: MCPServer[Any]) -> None:
    """Changes that are announced, and methods that a memory server has no use for."""

    @server.tool()
    async def test_trigger_tool_change(ctx: Ctx) -> str:
        """The suite's trigger tool change."""
        await ctx.notify_tools_changed()
        return "announced"

    @server.tool()
    async def test_trigger_prompt_change(ctx: Ctx) -> str:
        """The suite's trigger prompt change."""
        await ctx.notify_prompts_changed()
        return "announced"

    async def done(_: ServerRequestContext[Any, Any], __: object) -> EmptyResult:
        return EmptyResult()

    further = server._lowlevel_server  # the SDK's own examples know no other way
    further.add_request_handler("logging/setLevel", SetLevelRequestParams, done)
    further.add_request_handler("resources/subscribe", SubscribeRequestParams, done)
    further.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, done)
