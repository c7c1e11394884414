"""What can be answered before anything is loaded: the handshake and the lists.

They never change while a version runs, so they are kept in card.json, which `make docs`
generates from the server; a test compares the two.
"""

import json
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from memorizer import __version__
from memorizer.mcp.pinning import pinned_instructions, pinned_tools
from memorizer.mcp.stdio import messages
from memorizer.mcp.stdio.messages import Json

FILE: Final = Path(__file__).with_name("card.json")


class StaticReplies:
    """Answers for a group of tools."""

    def __init__(self, group: str, workspace: str | None = None) -> None:
        """As a connection hears them that is pinned to a workspace, if one is named."""
        self._group = group
        self._workspace = workspace

    @cached_property
    def _card(self) -> dict[str, Any]:
        card: dict[str, Any] = json.loads(FILE.read_bytes())
        if self._workspace is not None:
            for told in (card["initialize"], card["modern"]["discover"]):
                told["instructions"] = pinned_instructions(told["instructions"], self._workspace)
            card["tools"] = {name: pinned_tools(each) for name, each in card["tools"].items()}
        return card

    def answer(self, message: Json) -> bytes | None:
        """Return the reply if it can be given without the server, else None."""
        method = message["method"]
        if (version := messages.modern_version(message)) is not None:
            return self._modern(message) if version in self._card["modern"]["versions"] else None
        if method == "initialize":
            return self._handshake(message)
        result = {"ping": {}, **self._lists()}.get(method)
        return None if result is None else messages.answer(message["id"], result)

    def _handshake(self, message: Json) -> bytes | None:
        params = message.get("params")
        asked = params.get("protocolVersion") if isinstance(params, dict) else None
        versions: list[str] = self._card["versions"]
        if not isinstance(asked, str) or "clientInfo" not in message["params"]:
            return None  # a malformed one is refused in the server's own words
        agreed = asked if asked in versions else versions[-1]
        result = self._card["initialize"] | {"protocolVersion": agreed}
        result["serverInfo"] = result["serverInfo"] | {"version": __version__}
        return messages.answer(message["id"], result)

    def _modern(self, message: Json) -> bytes | None:
        """As a client hears it that names its version in each request (2026-07-28 and later)."""
        if not isinstance(message["params"]["_meta"].get(messages.META_CAPABILITIES), dict):
            return None  # refused in the server's own words
        modern: dict[str, Any] = self._card["modern"]
        method = message["method"]
        if method == "server/discover":
            result = modern["discover"]
        elif method in modern["lists"]:
            result = self._lists()[method] | modern["lists"][method]
        else:
            return None
        server = modern["discover"]["_meta"][messages.META_SERVER] | {"version": __version__}
        return messages.answer(message["id"], result | {"_meta": {messages.META_SERVER: server}})

    def _lists(self) -> dict[str, Json]:
        tools: dict[str, Json] = self._card["tools"]
        lists: dict[str, Json] = self._card["lists"]
        return lists | {"tools/list": tools.get(self._group, tools["core"])}
