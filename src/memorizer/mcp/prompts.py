"""Prompts that people pick from a menu."""

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from memorizer.mcp.instructions import INSTRUCTIONS, RECALL, REMEMBER


def add(server: MCPServer[Any]) -> None:
    """Offer them."""

    @server.prompt(title="Store what matters", description="Store what this conversation taught.")
    def remember(
        about: Annotated[str | None, Field(description="Only what concerns this")] = None,
    ) -> str:
        return REMEMBER.format(about=f", only about: {about}" if about else "")

    @server.prompt(title="What is known about…", description="Look a topic up and sum it up.")
    def recall(topic: Annotated[str, Field(description="What to look up")]) -> str:
        return RECALL.format(topic=topic)

    @server.prompt(
        title="Standing instructions",
        description="How to use Memorizer, for a system prompt or a rules file.",
    )
    def instructions() -> str:
        return INSTRUCTIONS
