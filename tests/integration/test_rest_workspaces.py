"""Workspaces over REST, through a real server: addresses hold paths as they are."""

from collections.abc import Iterator

import httpx
import pytest

from support.browsing import serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serving(tmp_path_factory.mktemp("site")) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        for name, parent in (("Acme", None), ("Billing API", "acme"), ("Größe", "acme")):
            body = {"name": name, "parent": parent}
            client.post("/api/workspaces", json=body).raise_for_status()
        yield client


@pytest.mark.parametrize("address", ["acme/billing-api", "acme%2Fbilling-api", "ACME/Billing-API"])
def test_a_path_is_an_address(client: httpx.Client, address: str) -> None:
    found = client.get(f"/api/workspaces/{address}").raise_for_status().json()
    by_id = client.get(f"/api/workspaces/{found['id']}").raise_for_status().json()
    events = client.get(f"/api/workspaces/{address}/events").raise_for_status().json()

    assert found["path"] == "acme/billing-api"
    assert by_id == found
    assert [event["type"] for event in events["events"]] == ["workspace_created"]


def test_a_path_of_any_script_is_an_address_too(client: httpx.Client) -> None:
    assert client.get("/api/workspaces/acme/größe").status_code == 200


def test_a_nested_workspace_is_changed_moved_and_deleted_by_its_path(client: httpx.Client) -> None:
    made = client.post("/api/workspaces", json={"name": "Old", "parent": "acme"}).json()
    renamed = client.patch("/api/workspaces/acme/old", json={"name": "New", "slug": "new"})
    moved = client.post("/api/workspaces/acme/new/move", json={"parent": None})
    gone = client.delete("/api/workspaces/new")

    assert renamed.json()["path"] == "acme/new"
    assert moved.json()["path"] == "new"
    assert gone.json() == {"memories": 0, "trashed": 0}
    assert client.get(f"/api/workspaces/{made['id']}").status_code == 404


@pytest.mark.parametrize("slug", ["events", "move", "unfiled", "auto", "all"])
def test_names_with_a_meaning_of_their_own_are_no_slugs(client: httpx.Client, slug: str) -> None:
    assert client.post("/api/workspaces", json={"name": slug}).status_code == 422
