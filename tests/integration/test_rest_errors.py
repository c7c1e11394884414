"""What the HTTP server itself answers: errors in one shape, names for requests, size limits."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from fastapi import FastAPI
from structlog.testing import capture_logs

from memorizer.adapters.sqlite.database import MAX_READERS, SqliteDatabase
from memorizer.domain.auth import Kind, Secret
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.errors import QUEUE_UNAVAILABLE
from support.memorizer import Memorizer

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/nowhere", 404, "Not found"),
        ("GET", "/api/memories/", 404, "Not found"),
        ("DELETE", "/api/memories", 405, "Method not allowed"),
        ("POST", "/healthz", 405, "Method not allowed"),
        ("BREW", "/api/search", 405, "Method not allowed"),
    ],
)
async def test_an_address_that_does_not_exist_is_said_in_the_usual_shape(
    client: httpx.AsyncClient, method: str, path: str, status: int, error: str
) -> None:
    reply = await client.request(method, path)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert set(reply.json()) == {"error", "message"}
    assert f"{method} {path}" in reply.json()["message"]


async def test_a_token_pasted_into_an_address_is_not_repeated(client: httpx.AsyncClient) -> None:
    secret = Secret.new(Kind.TOKEN)
    for address in (f"/{secret.text}", f"/api/memories/{secret.text}", f"/api/jobs/{secret.text}"):
        for method in ("GET", "POST"):
            reply = await client.request(method, address)

            assert reply.status_code in {401, 404, 405, 422}
            assert secret.key not in reply.text
    assert f"/{Kind.TOKEN}_{secret.id}_…" in (await client.get(f"/{secret.text}")).text


async def test_a_refused_method_is_answered_with_all_that_are_allowed(
    client: httpx.AsyncClient,
) -> None:
    one = await client.post("/api/memories/01936f5e-0000-7000-8000-000000000000")
    assert one.headers["Allow"] == "DELETE, GET, PATCH, PUT"
    assert (await client.delete("/docs")).headers["Allow"] == "GET"
    moved = await client.put("/api/workspaces/acme/web/move")
    assert moved.headers["Allow"] == "POST", "not that of a workspace `acme/web/move`"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"text": tru}',
        b'{"text": "a"} trailing',
        b"\xff\xfe\xfd",
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b'{"text":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"text": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:16]),
)
async def test_a_body_that_is_not_json_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    reply = await client.post("/api/memories", content=body, headers=JSON)
    assert (reply.status_code, reply.json()["error"]) == (400, "Malformed JSON")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "é/x"])
async def test_a_body_that_is_not_declared_as_json_is_415(
    client: httpx.AsyncClient, kind: str
) -> None:
    headers = {b"Content-Type": kind.encode()}
    for path in ("/api/memories", "/api/admin/jobs/title-generation"):
        reply = await client.post(path, content=b'{"text": "a"}', headers=headers)
        assert (reply.status_code, reply.json()["error"]) == (415, "Unsupported media type")


async def test_every_wrong_field_is_named_at_once(client: httpx.AsyncClient) -> None:
    body = {"text": "", "confidence": 2, "tags": ["ok", 7], "titel": "misspelt"}
    reply = await client.post("/api/memories", json=body)
    assert reply.status_code == 422
    fields = [each["field"] for each in reply.json()["details"]]
    assert fields == ["text", "tags.1", "confidence", "titel"]
    assert all(each["problem"] for each in reply.json()["details"])
    assert reply.json()["message"].startswith("text: ")


async def test_a_problem_is_never_longer_than_anybody_reads(client: httpx.AsyncClient) -> None:
    wrong_ids = {"memoryIds": ["x"] * 5_000}
    reply = await client.post("/api/admin/jobs/title-generation", json=wrong_ids)
    assert (reply.status_code, len(reply.json()["details"])) == (422, 20)
    reply = await client.post("/api/memories", json={"text": "a", "x" * 100_000: 1})
    assert (reply.status_code, len(reply.text) < 1_000) == (422, True)


async def test_a_misspelt_filter_is_an_error_and_never_widens_the_answer(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/api/memories", "/api/admin/jobs"):
        reply = await client.get(path, params={"tags": "x"})
        assert (reply.status_code, reply.json()["details"][0]["field"]) == (422, "tags")


async def test_a_body_may_fill_the_limit_but_not_more(memorizer: Memorizer) -> None:
    app = create_app(max_body_bytes=1_000)
    state_of(app).services = memorizer.services
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    body = json.dumps({"text": "a" * 974, "title": "t"}).encode()
    assert len(body) == 1_000

    async def piecewise(content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), 100):
            yield content[start : start + 100]

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for content in (body, piecewise(body)):
            reply = await client.post("/api/memories", content=content, headers=JSON)
            assert reply.status_code == 201
        for content in (body + b" ", piecewise(body + b" ")):
            reply = await client.post("/api/memories", content=content, headers=JSON)
            assert (reply.status_code, reply.json()["error"]) == (413, "Body too large")
            assert "1,000 bytes" in reply.json()["message"]


async def test_a_huge_body_is_refused_by_a_real_server(online: httpx.AsyncClient) -> None:
    huge = {"text": "a" * 10_000_000}
    assert (await online.post("/api/memories", json=huge)).status_code == 413
    assert (await online.get("/api/memories")).json()["count"] == 0


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:5000", 200),
        ("127.0.0.1:5000", 200),
        ("[::1]", 200),
        ("[::1]:5000", 200),
        ("evil.example", 403),
        ("evil.example:5000", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.nip.example", 403),
        ("localhost:5000:5000", 403),
        ("user@localhost", 403),
        ("", 403),
    ],
)
async def test_only_requests_for_our_own_names_are_answered(
    client: httpx.AsyncClient, host: str, status: int
) -> None:
    for path in ("/healthz", "/docs", "/nowhere"):
        reply = await client.get(path, headers={"Host": host})
        assert (reply.status_code == 403) == (status == 403)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost:5000", 200),
        ("https://127.0.0.1", 200),
        ("http://[::1]:5173", 200),
        ("http://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("file://localhost", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_pages_of_other_sites_are_refused(
    client: httpx.AsyncClient, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    reply = await client.get("/api/stats", headers=headers)
    assert reply.status_code == status
    assert "Access-Control-Allow-Origin" not in reply.headers
    if status == 403:
        assert reply.json()["error"] == "Forbidden"


async def test_further_names_can_be_allowed(memorizer: Memorizer) -> None:
    app = create_app(allowed_hosts=frozenset({"Memory.Example"}))
    state_of(app).services = memorizer.services
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://memory.example") as client:
        origin = {"Origin": "https://memory.example"}
        assert (await client.get("/healthz", headers=origin)).status_code == 200
        assert (await client.get("/healthz", headers={"Host": "localhost"})).status_code == 403


async def test_every_reply_names_its_request(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/nowhere", "/api/memories/x"):
        given = await client.get(path, headers={"X-Request-ID": "import-17.a"})
        assert given.headers["X-Request-ID"] == "import-17.a"
    names = set()
    for unfit in ("", "two words", "x" * 65, "a\tb"):
        reply = await client.get("/healthz", headers={"X-Request-ID": unfit})
        names.add(reply.headers["X-Request-ID"])
    assert [len(name) for name in names] == [32] * 4


async def test_a_request_is_logged_once_when_it_ends(client: httpx.AsyncClient) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        await client.get("/api/tags?secret=1", headers={"X-Request-ID": "r1"})
    [line] = [log for log in logs if log["event"] == "request"]
    expected = {"method": "GET", "path": "/api/tags", "status": 200, "request_id": "r1"}
    expected["log_level"] = "debug"
    assert expected.items() <= line.items()
    assert "secret" not in str(line)


async def test_the_unexpected_is_logged_with_its_name_and_not_shown(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    del state_of(app).services  # a fault of ours
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        reply = await client.get("/api/stats", headers={"X-Request-ID": "r1"})
    assert reply.status_code == 500
    assert reply.json()["details"] == {"requestId": "r1"}
    assert not {"Traceback", "AttributeError", "services"} & set(reply.text.split())
    failure = next(log for log in logs if log["event"] == "request failed")
    assert failure["request_id"] == "r1"
    assert failure["exc_info"]


async def test_a_part_that_is_down_is_503_with_a_hint(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    database = memorizer.container.adapters.database
    assert isinstance(database, SqliteDatabase)
    for _ in range(MAX_READERS):  # readers open the file again
        database._idle_readers.get_nowait()
        database._idle_readers.queue.insert(0, None)
    memorizer.settings.data_dir.rename(memorizer.settings.data_dir.with_name("gone"))
    for path, error in (
        ("/api/tags", "Service not available"),
        ("/api/admin/stats", QUEUE_UNAVAILABLE),
        ("/api/admin/jobs/abc/progress", QUEUE_UNAVAILABLE),
    ):
        reply = await client.get(path)
        assert (reply.status_code, reply.json()["error"]) == (503, error)
        assert "memorizer doctor" in reply.json()["hint"]
        assert "cannot be opened" in reply.json()["message"]
