"""The bridge's connections: proven once, used again."""

from pathlib import Path

from memorizer.mcp.stdio import server_discovery
from memorizer.mcp.stdio.http_client import HttpClient
from memorizer.mcp.stdio.messages import Client, Request
from memorizer.mcp.stdio.server_discovery import ServerRecord
from support.web import Answer, Asked, serving

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PONG = {"jsonrpc": "2.0", "id": 1, "result": {}}


def answer(asked: Asked) -> Answer:
    if asked.path == "/healthz":
        return Answer.of({"status": "ok"}, Memorizer_Instance="mine")
    return Answer.of(PONG, Content_Type="application/json")


def test_calls_one_after_another_share_a_connection(tmp_path: Path) -> None:
    with serving(answer) as web:
        here = ServerRecord("127.0.0.1", int(web.url.rpartition(":")[2]), 1, "mine", "the key")
        with server_discovery.announced(tmp_path, here):
            bridge = HttpClient(tmp_path)
            for _ in range(3):
                answers = bridge.exchange(Request(PING, Client()))
                assert answers is not None
                assert len(list(answers)) == 1
            bridge.close()
        assert [asked.path for asked in web.asked] == ["/healthz", "/mcp", "/mcp", "/mcp"]
        assert {asked.headers.get("Authorization") for asked in web.asked[1:]} == {"Bearer the key"}
