"""Secrets in what is stored: reported, masked or refused, found later, and removed for good."""

from dataclasses import replace

import httpx
import pytest

from memorizer.domain.secrets import MASK, SecretHandling
from memorizer.services import Services
from support.agents import agent

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KINDS = ["GitHub token"]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def handling(services: Services, secrets: SecretHandling) -> Services:
    return replace(
        services,
        memories=replace(services.memories, secrets=secrets),
        keyed=replace(services.keyed, secrets=secrets),
    )


async def test_every_way_of_writing_reports_what_it_stored(client: httpx.AsyncClient) -> None:
    body = {"text": f"Use {TOKEN}.", "title": "T"}
    created = await client.post("/api/memories", json=body)
    path = created.headers["Location"]
    replies = [
        created.json(),
        (await client.put(path, json=body | {"tags": ["a"]})).json(),
        (await client.patch(path, json={"title": TOKEN})).json(),
        (await client.put("/api/memories/by-key/k", json=body)).json(),
        (await client.post("/api/memories/batch", json={"memories": [body]})).json()["results"][0][
            "memory"
        ],
        (await client.post(f"{path}/replace", json=body)).json(),
    ]

    assert [reply["secretsFound"] for reply in replies] == [KINDS] * 6
    assert replies[0]["text"] == body["text"], "stored as it was sent"
    clean = (await client.patch(path, json={"type": "fact"})).json()
    assert "secretsFound" not in clean
    assert "secretsFound" not in (await client.get(path)).json()


async def test_secrets_are_masked_or_refused_where_that_is_set(
    services: Services,
) -> None:
    masking = handling(services, SecretHandling.MASK)
    refusing = handling(services, SecretHandling.REFUSE)
    async with agent(masking) as client:
        stored = await client.call("store", type="note", text=f"Use {TOKEN}.", source="x")
        assert (stored["secretsFound"], "GitHub token" in stored["message"]) == (KINDS, True)
        found = await services.memories.get(stored["id"])
        assert found.content.text == f"Use {MASK}."
        edited = await client.call(
            "edit", id=stored["id"], old_text="Use", new_text=f"Take {TOKEN} or"
        )
        assert edited["secretsFound"] == KINDS
    async with agent(refusing) as client:
        refused = await client.refused("store", type="note", text=f"Use {TOKEN}.", source="x")
        assert ("GitHub token" in refused, TOKEN in refused) == (True, False)
        keyed = await client.refused("store", type="note", text=TOKEN, source="x", key="k")
        assert "GitHub token" in keyed


async def test_what_is_stored_is_listed_by_version_and_removed_for_good(
    client: httpx.AsyncClient,
) -> None:
    first = (await client.post("/api/memories", json={"text": TOKEN, "title": "T"})).json()["id"]
    await client.patch(f"/api/memories/{first}", json={"text": "Nothing.", "title": TOKEN})
    await client.patch(f"/api/memories/{first}", json={"title": "T"})
    second = (await client.post("/api/memories", json={"text": TOKEN, "title": "U"})).json()["id"]
    await client.post(f"/api/memories/{second}/archive")
    await client.post("/api/memories", json={"text": "Nothing at all.", "title": "V"})

    listed = (await client.get("/api/admin/secrets")).json()
    assert TOKEN not in str(listed)
    assert [
        (f["memoryId"], f["version"], f["current"], f["kinds"]) for f in listed["findings"]
    ] == [
        (second, 1, True, KINDS),
        (first, 2, False, KINDS),
        (first, 1, False, KINDS),
    ]
    assert (listed["examined"], "nextCursor" in listed) == (3, False)
    page = (await client.get("/api/admin/secrets?limit=1")).json()
    rest = (await client.get("/api/admin/secrets", params={"cursor": page["nextCursor"]})).json()
    assert page["findings"] + rest["findings"] == listed["findings"]

    purged = [
        (await client.post(f"/api/admin/secrets/{memory_id}/purge")).json()
        for memory_id in (first, second)
    ]
    assert [each["versions"] for each in purged] == [[2, 1], [1]]
    assert [each["memory"]["text"] for each in purged] == ["Nothing.", MASK]
    assert (await client.get("/api/admin/secrets")).json()["count"] == 0
    for memory_id in (first, second):
        for what in ("versions", "events"):
            assert TOKEN not in (await client.get(f"/api/memories/{memory_id}/{what}")).text
    again = (await client.post(f"/api/admin/secrets/{first}/purge")).json()
    assert (again["versions"], again["memory"]["version"]) == ([], 3)
