"""Import and export over REST: files in, files out."""

import httpx
import pytest

from memorizer.domain.auth import Scope
from memorizer.services import Services
from support.memorizer import Memorizer
from support.waiting import wait_until

NOTE = ("tea.md", b"Green tea wants water of 80 degrees.")


async def _ended(client: httpx.AsyncClient, job_id: str) -> dict[str, object]:
    async def ended() -> dict[str, object] | None:
        job: dict[str, object] = (await client.get(f"/api/admin/jobs/{job_id}")).json()
        return job if job["state"] in ("completed", "failed") else None

    job = await wait_until(ended, description="the end of the import")
    assert job is not None
    return job


async def test_a_file_goes_in_and_comes_out(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await memorizer.start_worker()
    tried = await client.post("/api/imports", files={"file": NOTE})
    assert tried.status_code == 202, tried.text
    job = await _ended(client, tried.json()["jobId"])
    assert job["returnvalue"]["counts"]["memories"] == {"added": 1}  # type: ignore[index]

    confirmed = await client.post(f"/api/imports/{tried.json()['jobId']}/confirm", json={})
    assert confirmed.status_code == 202
    await _ended(client, confirmed.json()["jobId"])

    out = await client.get("/api/export")
    assert (out.status_code, out.headers["content-type"]) == (200, "application/jsonl")
    assert "memories.jsonl" in out.headers["content-disposition"]
    assert b"80 degrees" in out.content
    notes = await client.get("/api/export?format=markdown")
    assert notes.content.startswith(b"PK")
    assert (await client.get("/api/export?workspace=nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("form", "files", "status"),
    [
        ({}, None, 422),
        ({"format": "yes"}, {"file": NOTE}, 202),
        ({"dryRun": "perhaps"}, {"file": NOTE}, 422),
        ({"onConflict": "win"}, {"file": NOTE}, 422),
        ({"else": "1"}, {"file": NOTE}, 422),
        ({"workspace": "nowhere"}, {"file": NOTE}, 404),
        ({}, {"file": ("empty.md", b"")}, 422),
    ],
)
async def test_what_cannot_be_taken_is_said(
    client: httpx.AsyncClient,
    form: dict[str, str],
    files: dict[str, tuple[str, bytes]],
    status: int,
) -> None:
    reply = await client.post("/api/imports", data=form, files=files)
    assert reply.status_code == status, reply.text


async def test_only_a_dry_run_that_has_ended_is_confirmed(client: httpx.AsyncClient) -> None:
    tried = await client.post("/api/imports", files={"file": NOTE})
    job_id = tried.json()["jobId"]
    assert (await client.post(f"/api/imports/{job_id}/confirm", json={})).status_code == 409
    assert (await client.post("/api/imports/none/confirm", json={})).status_code == 404


async def test_a_bound_token_exports_its_workspace_and_imports_no_files(
    client: httpx.AsyncClient, services: Services
) -> None:
    await services.workspaces.create("Kitchen", actor="test")
    for text, workspace in (("of the kitchen", "kitchen"), ("of nobody", None)):
        body = {"text": text, **({"workspace": workspace} if workspace else {})}
        (await client.post("/api/memories", json=body)).raise_for_status()
    grants = await services.workspaces.grants([("kitchen", Scope.WRITE)])
    _, text = await services.auth.create("cook", Scope.WRITE, grants=grants)
    client.headers["Authorization"] = f"Bearer {text}"
    out = await client.get("/api/export")
    assert b"of the kitchen" in out.content
    assert b"of nobody" not in out.content
    reply = await client.post("/api/imports", files={"file": NOTE})
    assert reply.status_code == 403
