"""Whatever a client sends: a clear 4xx that names the field, never a 500, and nothing changes."""

import asyncio
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from memorizer.services import Services

JSON = {"Content-Type": "application/json"}
INJECTIONS = [
    "39' OR '1'='1",
    "'; DROP TABLE memories; --",
    '" OR 1=1 --',
    "../../etc/passwd",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
]
FTS_SYNTAX = [
    'NEAR("a" "b", 5)',
    "NEAR(",
    "a AND OR NOT",
    'unclosed "quote',
    "title: tea",
    "{title text}: x",
    "te*",
    "*",
    "^tea",
    "a + b",
    "-tea",
    "100% _under_ \\back",
    "((((",
    "'''",
    "\U0001f600\U0001f1e9\U0001f1ea",
    "日本",
    "a",
    "?!.,",
]


@pytest.fixture
async def memory(client: httpx.AsyncClient) -> dict[str, Any]:
    """The one memory there is; nothing hostile may change it."""
    made = await client.post("/api/memories", json={"text": "Tea for two.", "title": "Tea"})
    kept: dict[str, Any] = made.json()
    return kept


async def assert_nothing_changed(services: Services, memory: dict[str, Any]) -> None:
    figures = await services.statistics.totals()
    assert (figures.memories, figures.versions, figures.events) == (1, 1, 1)
    assert (await services.memories.get(memory["id"])).version == memory["version"]


@pytest.mark.parametrize("hostile", [*INJECTIONS, "%", "_", "null", "0", "🍵", "x" * 10_000])
async def test_a_memory_id_that_is_none_names_the_field(
    client: httpx.AsyncClient, services: Services, memory: dict[str, Any], hostile: str
) -> None:
    address = httpx.URL("http://localhost/").copy_with(path=f"/api/memories/{hostile}")
    for method, tail in (
        ("GET", ""),
        ("PUT", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/versions"),
        ("GET", "/events"),
        ("GET", "/similar"),
        ("GET", "/relationships"),
        ("GET", "/diff?from=1&to=1"),
        ("POST", "/revert"),
        ("POST", "/archive"),
        ("POST", "/restore"),
    ):
        body = {"text": "x"} if method in ("PUT", "PATCH") else {"version": 1}
        reply = await client.request(method, f"{address}{tail}", json=body)
        if "/" in hostile:  # then it is another address
            assert reply.status_code in (404, 405)
        else:
            assert reply.status_code == 422
            assert reply.json()["details"][0]["field"] == "memoryId"
    await assert_nothing_changed(services, memory)


@pytest.mark.parametrize("database_engine", ["sqlite", "postgresql"])
async def test_no_text_is_taken_for_sql_or_search_syntax(
    client: httpx.AsyncClient, services: Services, memory: dict[str, Any]
) -> None:
    for hostile in (*INJECTIONS, *FTS_SYNTAX):
        body = {"query": hostile, "types": [hostile], "tags": [hostile]}
        for query in ({"query": hostile}, body):
            assert (await client.post("/api/search", json=query)).status_code == 200, hostile
        for name in ("type", "tag"):
            listed = await client.get("/api/memories", params={name: hostile})
            assert (listed.status_code, listed.json()["count"]) == (200, 0), hostile
    await assert_nothing_changed(services, memory)


@pytest.mark.parametrize("database_engine", ["sqlite", "postgresql"])
async def test_any_visible_text_is_kept_verbatim_and_found_again(client: httpx.AsyncClient) -> None:
    for hostile in (*INJECTIONS, *FTS_SYNTAX):
        content = {"text": hostile, "title": hostile, "type": hostile, "tags": [hostile]}
        stored = (await client.post("/api/memories", json=content)).json()
        wanted = {"tag": hostile, "type": hostile}
        found = (await client.get("/api/memories", params=wanted)).json()
        assert [memory["id"] for memory in found["memories"]] == [stored["id"]], hostile
        assert found["memories"][0] == found["memories"][0] | content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "a\0b"),
        ("text", "\ud800"),
        ("text", " \n\t"),
        ("text", "x" * 500_001),
        ("text", 7),
        ("text", ["a"]),
        ("text", None),
        ("title", "a\0b"),
        ("title", "\udfff"),
        ("title", "x" * 201),
        ("title", ""),
        ("title", {}),
        ("type", "\0"),
        ("type", "x" * 101),
        ("source", "\ud800x"),
        ("tags", ["a\0"]),
        ("tags", ["\ud800"]),
        ("tags", ["x"] * 51),
        ("tags", "tea"),
        ("tags", [["tea"]]),
        ("tags", {"0": "tea"}),
        ("confidence", -0.1),
        ("confidence", 1.1),
        ("confidence", "0.5"),
        ("confidence", True),
        ("confidence", float("nan")),
        ("confidence", float("inf")),
        ("confidence", 10**400),
        ("unknown", 1),
        ("id", "01936f5e-0000-7000-8000-000000000000"),
        ("\ud800", 1),
        ("__class__", {}),
    ],
)
async def test_a_wrong_field_is_named_at_every_door_that_writes(
    client: httpx.AsyncClient,
    services: Services,
    memory: dict[str, Any],
    field: str,
    value: object,
) -> None:
    path = f"/api/memories/{memory['id']}"
    body = json.dumps({"text": "Tea for two.", field: value}).encode()
    for method, url in (("POST", "/api/memories"), ("PUT", path), ("PATCH", path)):
        reply = await client.request(method, url, content=body, headers=JSON)
        assert reply.status_code == 422, (method, reply.text)
        details = reply.json()["details"]
        named = details["field"] if isinstance(details, dict) else details[0]["field"]
        assert named.split(".")[0] == ("body" if field == "\ud800" else field)
    await assert_nothing_changed(services, memory)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/memories?limit=0", "limit"),
        ("/api/memories?limit=-1", "limit"),
        ("/api/memories?limit=101", "limit"),
        ("/api/memories?limit=99999999999999999999999", "limit"),
        ("/api/memories?limit=ten", "limit"),
        ("/api/memories?limit=", "limit"),
        ("/api/memories?cursor=39'%20OR%20'1'='1", "cursor"),
        ("/api/memories?archived=perhaps", "archived"),
        ("/api/memories?createdAfter=soon", "createdAfter"),
        ("/api/memories?createdAfter=99999-01-01T00:00:00Z", "createdAfter"),
        ("/api/memories?tag=", "tag.0"),
        ("/api/memories?" + "tag=x&" * 51, "tag"),
        ("/api/admin/jobs?limit=-1", "limit"),
        ("/api/admin/jobs?cursor=-1", "cursor"),
        ("/api/admin/jobs?cursor=9223372036854775808", "cursor"),
        ("/api/admin/jobs?state=exploded", "state"),
        ("{memory}/similar?limit=-1", "limit"),
        ("{memory}/similar?threshold=nan", "threshold"),
        ("{memory}/similar?threshold=2", "threshold"),
        ("{memory}/diff?from=0&to=1", "from"),
        ("{memory}/diff?from=1", "to"),
        ("{memory}/diff?from=1&to=99999999999999999999", "to"),
        ("{memory}/versions/-1", "version"),
        ("{memory}/relationships?direction=sideways", "direction"),
    ],
)
async def test_a_wrong_parameter_is_named(
    client: httpx.AsyncClient, memory: dict[str, Any], path: str, field: str
) -> None:
    reply = await client.get(path.format(memory=f"/api/memories/{memory['id']}"))
    assert (reply.status_code, reply.json()["details"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    "path",
    [
        "/api/memories/%00",
        "/api/memories/%ff%fe",
        "/api/memories/%ED%A0%80",
        "/api/memories?tag=%00",
        "/api/memories?tag=%ff",
        "/api/memories?%C0%AF=1",
        "/api/admin/jobs/abc%00",
        "/api/admin/jobs/%F0%28%8C%BC/progress",
    ],
)
async def test_an_address_that_is_not_text_is_refused(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)
    assert (reply.status_code, reply.json()["error"]) == (400, "Bad request")


@pytest.mark.parametrize(
    "lines",
    [
        [b"GET /api/memories/\xff\xfe HTTP/1.1", b"Host: localhost"],
        [b"GET /api/tags?\xff HTTP/1.1", b"Host: localhost"],
        [b"GET /api/tags HTTP/1.1", b"Host: local\xffhost"],
        [b"GET /api/tags HTTP/1.1", b"Host: localhost", b"Host: evil.example"],
        [b"GET /api/tags HTTP/1.1"],
        [b"GET /api/tags HTTP/1.1", b"Host: localhost", b"If-Match: \x00"],
        [b"GET http://evil.example/api/tags HTTP/1.1", b"Host: evil.example"],
        [b"POST /api/memories HTTP/1.1", b"Host: localhost", b"Content-Length: -1"],
        [b"POST /api/memories HTTP/1.1", b"Host: localhost", b"Content-Length: 99999999999"],
        [b"GET /" + b"a" * 200_000 + b" HTTP/1.1", b"Host: localhost"],
        [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ],
    ids=lambda lines: repr(lines[0][:40]) + repr(lines[1:])[:60],
)
async def test_bytes_that_no_client_would_send_get_a_4xx(
    server: str, online: httpx.AsyncClient, lines: list[bytes]
) -> None:
    answer = await exchange(server, b"\r\n".join([*lines, b"Connection: close", b"", b""]))
    assert answer.startswith(b"HTTP/1.1 4"), answer[:100]
    assert (await online.get("/healthz")).status_code == 200


async def exchange(server: str, request: bytes) -> bytes:
    """What a server answers to raw bytes."""
    reader, writer = await asyncio.open_connection(urlsplit(server).hostname, urlsplit(server).port)
    writer.write(request)
    answer = await reader.read(4_096)
    writer.close()
    return answer


async def test_odd_headers_never_break_anything(
    client: httpx.AsyncClient, memory: dict[str, Any]
) -> None:
    odd = [b"\xff\xfe", b'"', b"," * 500, b"*/*;q=nan", "🍵".encode(), b"x" * 8_000, b"%00"]
    for name in (b"Accept", b"If-None-Match", b"X-Request-ID", b"Last-Event-ID", b"Range"):
        for value in odd:
            for path in (f"/api/memories/{memory['id']}", "/api/admin/jobs/abc/progress"):
                reply = await client.get(path, headers={name: value})
                assert reply.status_code in (200, 404), (name, value)


async def test_a_client_that_hangs_up_in_the_middle_breaks_nothing(
    server: str, online: httpx.AsyncClient, services: Services
) -> None:
    head = b"POST /api/memories HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection((urlsplit(server).hostname, urlsplit(server).port)) as line:
        line.sendall(head + b'Content-Length: 1000\r\n\r\n{"text": "half a mem')
    assert (await online.get("/healthz")).status_code == 200
    assert (await services.statistics.totals()).memories == 0
