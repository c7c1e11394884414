"""The card is what the server says, in whichever version a client asks."""

import json

import pytest
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from tools.mcp_card import card_json

from memorizer.mcp.stdio.static_replies import FILE


async def test_the_card_is_what_the_server_says() -> None:
    assert FILE.read_text(encoding="utf-8") == await card_json(), "run `make docs`"


@pytest.mark.parametrize("version", HANDSHAKE_PROTOCOL_VERSIONS)
async def test_every_version_of_the_handshake_gets_the_same(version: str) -> None:
    assert json.loads(await card_json(version)) == json.loads(await card_json())
