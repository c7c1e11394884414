"""Documents over REST, MCP and the command line."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from support.agents import agent
from support.commands import Cli
from support.memorizer import Memorizer
from support.waiting import wait_until

PATH = "/api/documents"
TEXT = b"# Farm\n\nTwelve tonnes.\n\n## Barn\n\nIt is red.\n"
NOWHERE = "0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f"


async def ended(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    async def is_over() -> bool:
        job = (await client.get(f"/api/admin/jobs/{job_id}")).json()
        return job["state"] in {"completed", "failed"}

    await wait_until(is_over, description="the document is ingested")
    job: dict[str, Any] = (await client.get(f"/api/admin/jobs/{job_id}")).json()
    return job


async def test_a_file_is_taken_followed_listed_and_deleted(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await memorizer.start_worker()
    form = {"source": "farm/notes.md", "tags": ["farm", "2026"]}
    reply = await client.post(PATH, files={"file": ("notes.md", TEXT)}, data=form)
    assert reply.status_code == 202, reply.text
    job = await ended(client, reply.json()["jobId"])
    assert (job["queue"], job["name"]) == ("document-ingestion", "ingest-document")
    assert job["returnvalue"] | {"documentId": ""} == {
        "outcome": "created",
        "documentId": "",
        "added": 2,
        "updated": 0,
        "removed": 0,
        "kept": 0,
        "warnings": [],
    }
    [listed] = (await client.get(PATH)).json()["documents"]
    assert (listed["source"], listed["title"], listed["partCount"]) == ("farm/notes.md", "Farm", 2)
    one = (await client.get(f"{PATH}/{listed['id']}")).json()
    assert {name: one[name] for name in listed} == listed
    assert [(part["position"], part["title"], part["line"]) for part in one["parts"]] == [
        (1, "Farm", 1),
        (2, "Farm > Barn", 5),
    ]
    found = (await client.get("/api/memories", params={"metadata.documentId": listed["id"]})).json()
    assert {memory["id"] for memory in found["memories"]} == {p["memoryId"] for p in one["parts"]}
    assert {tag for memory in found["memories"] for tag in memory["tags"]} == {"farm", "2026"}
    assert (await client.delete(f"{PATH}/{listed['id']}")).status_code == 204
    assert (await client.get(f"{PATH}/{listed['id']}")).status_code == 404
    assert (await client.get("/api/trash")).json()["total"] == 2


async def test_a_broken_file_fails_its_job_with_the_reason(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await memorizer.start_worker()
    reply = await client.post(PATH, files={"file": ("paper.pdf", b"no PDF")})
    job = await ended(client, reply.json()["jobId"])
    assert (job["state"], job["failedReason"]) == ("failed", "It is named as a PDF and is none.")
    assert job["actions"] == ["remove", "retry"]
    assert (await client.get("/api/admin/stats")).json()["documentQueue"]["failed"] == 1


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        ({"data": {"source": "x.md"}, "files": {}}, 415, "multipart/form-data"),
        ({"files": {"other": ("x.md", TEXT)}}, 422, "other"),
        ({"files": {"file": ("x.md", b"")}}, 422, "empty"),
        ({"files": {"file": ("../x.md", TEXT)}, "data": {"source": "../x.md"}}, 422, ".."),
        ({"files": {"file": ("x.md", TEXT)}, "data": {"workspace": "none"}}, 404, "none"),
        ({"json": {"url": "https://example.org/"}}, 422, "MEMORIZER_FETCH_URLS"),
        ({"json": {"link": "https://example.org/"}}, 422, "link"),
        ({"json": ["https://example.org/"]}, 422, ""),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "JSON"),
        ({"content": b"x", "headers": {"Content-Type": "application/pdf"}}, 415, "multipart"),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "boundary",
        ),
    ],
)
async def test_what_is_no_document_is_refused_with_a_word(
    client: httpx.AsyncClient, request_: dict[str, Any], status: int, said: str
) -> None:
    reply = await client.post(PATH, **request_)
    assert reply.status_code == status, reply.text
    assert said in reply.json()["message"]
    jobs = (await client.get("/api/admin/jobs")).json()
    assert jobs["count"] == 0


async def test_uploads_have_a_limit_of_their_own(memorizer: Memorizer) -> None:
    app: FastAPI = create_app(max_body_bytes=1_000, max_upload_bytes=50_000)
    state_of(app).services = memorizer.services
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        fits = await client.post(PATH, files={"file": ("x.md", b"x" * 40_000)})
        too_large = await client.post(PATH, files={"file": ("x.md", b"x" * 200_000)})
        other = await client.post("/api/memories", json={"text": "x" * 2_000})
    assert [fits.status_code, too_large.status_code, other.status_code] == [202, 413, 413]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_document_is_404(client: httpx.AsyncClient, method: str) -> None:
    assert (await client.request(method, f"{PATH}/{NOWHERE}")).status_code == 404


async def test_an_agent_ingests_a_text(memorizer: Memorizer) -> None:
    await memorizer.start_worker()
    async with agent(memorizer.services, tools="all") as ours:
        started = await ours.call("ingest", name="farm.md", text=TEXT.decode())
        watched = await ours.call("watch_job", jobId=started["jobId"], seconds=60)
    assert watched["state"] == "completed"
    [document], _ = await memorizer.services.documents.page(before=None, limit=5)
    assert (document.source, document.part_count) == ("farm.md", 2)


def test_a_folder_is_ingested_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / ".hidden").mkdir(parents=True)
    for name, content in {
        "farm.md": TEXT,
        "broken.docx": b"PK\x03\x04",
        "photo.png": b"\x89PNG",
        ".hidden/x.md": TEXT,
    }.items():
        (folder / name).write_bytes(content)
    (folder / "link.md").symlink_to(tmp_path / "elsewhere.md")
    first = cli("ingest", str(folder))
    assert (first.code, "Added 1 document\n" in first.out) == (3, True)
    assert "broken.docx: It is damaged" in first.err + first.out
    assert "2 files of other kinds, or links, were left out" in first.err
    again = cli("ingest", str(folder / "farm.md"))
    assert (again.code, "Already here: 1 document\n" in again.out) == (0, True)
    refused = cli("ingest", str(folder / "link.md"))
    assert (refused.code, "symbolic link" in refused.err + refused.out) == (1, True)
    assert cli("ingest", str(folder / "nothing")).code == 1
    listed = cli("jobs", "list", "--queue", "document-ingestion")
    assert "ingest document" in listed.out
    assert json.loads(cli("search", "tonnes", "--json").out)["results"]
