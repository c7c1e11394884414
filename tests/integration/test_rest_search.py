"""Searching over REST."""

from typing import Any

import httpx
import pytest

from support.memorizer import Memorizer

CORPUS: dict[str, dict[str, Any]] = {
    "ml": {"text": "Machine learning is a subset of artificial intelligence.", "tags": ["ai"]},
    "tea": {"text": "Green tea wants water of 80 degrees.", "type": "how-to"},
    "cats": {"text": "Cats sleep sixteen hours a day.", "tags": ["ai", "cats"]},
}


@pytest.fixture
async def ids(client: httpx.AsyncClient) -> dict[str, str]:
    """Three memories by name."""
    found = {}
    for name, content in CORPUS.items():
        reply = await client.post("/api/memories", json={"title": name, **content})
        found[name] = reply.json()["id"]
    return found


async def search(client: httpx.AsyncClient, query: str, **more: Any) -> dict[str, Any]:
    """The answer to a query."""
    reply = await client.post("/api/search", json={"query": query, **more})
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


async def test_an_answer_has_hits_with_scores_and_where_they_matched(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    answer = await search(client, "artificial intelligence")
    best = answer["results"][0]
    assert (answer["query"], answer["count"]) == (
        "artificial intelligence",
        len(answer["results"]),
    )
    assert best["memory"]["id"] == ids["ml"]
    assert best["memory"]["text"] == CORPUS["ml"]["text"]
    assert set(best["matchedOn"]) == {"fullText", "content", "metadata"}
    assert best["score"] > 0
    assert "explanation" not in best
    assert "degraded" not in answer


async def test_an_explanation_adds_up_to_the_score(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    answer = await search(client, "green tea", explain=True)
    assert answer["results"][0]["memory"]["id"] == ids["tea"]
    for hit in answer["results"]:
        parts = hit["explanation"]
        assert [part["leg"] for part in parts] == hit["matchedOn"]
        assert sum(part["contribution"] for part in parts) == pytest.approx(hit["score"])
        assert all(part["rank"] >= 1 for part in parts)


@pytest.mark.usefixtures("ids")
async def test_the_text_can_be_left_out(client: httpx.AsyncClient) -> None:
    answer = await search(client, "tea", includeContent=False)
    assert answer["results"]
    assert all("text" not in hit["memory"] for hit in answer["results"])


async def test_filters_are_hard(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    async def found(**filters: Any) -> set[str]:
        answer = await search(client, "machine learning", **filters)
        return {hit["memory"]["id"] for hit in answer["results"]}

    assert await found(types=["how-to"]) == {ids["tea"]}
    assert await found(tags=["ai"]) == {ids["ml"], ids["cats"]}
    assert await found(tags=["ai", "cats"]) == {ids["cats"]}
    assert await found(createdBefore="2020-01-01T00:00:00Z") == set()
    await client.post(f"/api/memories/{ids['ml']}/archive")
    assert await found() == {ids["tea"], ids["cats"]}
    assert await found(archived=True) == {ids["ml"]}
    assert await found(archived="all") == set(ids.values())


async def test_a_threshold_of_zero_is_a_threshold(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    async def found(threshold: float | None) -> int:
        return len((await search(client, "zebra", threshold=threshold))["results"])

    everything = await found(None)
    assert everything == len(ids)
    assert await found(-1) == everything
    assert await found(0) < everything
    assert await found(1) == 0


async def test_the_threshold_holds_for_what_words_found(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    by_words = await search(client, "cats whatsoever", threshold=0.95)
    answer = await search(client, "cats whatsoever")
    similarities = {hit["memory"]["id"]: hit["similarity"] for hit in answer["results"]}
    between = await search(client, "cats whatsoever", threshold=similarities[ids["cats"]] - 0.01)

    assert by_words["results"] == []
    assert answer["results"][0]["memory"]["id"] == ids["cats"]
    assert ids["cats"] in [hit["memory"]["id"] for hit in between["results"]]
    assert all(hit["similarity"] >= similarities[ids["cats"]] for hit in between["results"])


@pytest.mark.usefixtures("ids")
async def test_hits_have_a_relevance_and_can_be_filtered_by_it(client: httpx.AsyncClient) -> None:
    hits = (await search(client, "green tea"))["results"]
    best, *others = [hit["relevance"] for hit in hits]
    filtered = (await search(client, "green tea", minRelevance=best))["results"]

    assert [hit["match"] for hit in hits] == ["strong", "weak", "weak"]
    assert 1 >= best > max(others) >= 0
    assert filtered == hits[:1]


async def test_before_anything_is_embedded_the_answer_says_that_words_were_searched(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    empty = await search(client, "machine learning")
    memorizer.embedder.is_down = True
    await client.post("/api/memories", json=CORPUS["ml"])
    answer = await search(client, "machine learning", threshold=0.5)

    assert "degraded" not in empty
    assert answer["degraded"].startswith("Only full text was searched")
    assert answer["degraded"].endswith("The threshold was not applied.")
    assert [hit["match"] for hit in answer["results"]] == ["strong"]
    assert "similarity" not in answer["results"][0]


@pytest.mark.usefixtures("ids")
async def test_a_limit_limits(client: httpx.AsyncClient) -> None:
    assert (await search(client, "a", limit=1))["count"] == 1


async def test_without_the_embedder_words_still_find_and_the_answer_says_so(
    client: httpx.AsyncClient, memorizer: Memorizer, ids: dict[str, str]
) -> None:
    memorizer.embedder.is_down = True
    answer = await search(client, "machine learning")
    assert answer["results"][0]["memory"]["id"] == ids["ml"]
    assert answer["results"][0]["matchedOn"] == ["fullText"]
    assert "switched off" in answer["degraded"]


async def test_similar_memories_come_with_their_similarity(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    path = f"/api/memories/{ids['ml']}/similar"
    answer = (await client.get(path)).json()
    assert answer["count"] == 2
    assert {near["memory"]["id"] for near in answer["similar"]} == {ids["tea"], ids["cats"]}
    similarities = [near["similarity"] for near in answer["similar"]]
    assert similarities == sorted(similarities, reverse=True)
    assert (await client.get(path, params={"limit": 1})).json()["count"] == 1
    assert (await client.get(path, params={"threshold": 1})).json()["count"] == 0


async def test_a_query_of_any_length_is_answered_and_told_when_it_is_cut(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    background = "We went through hiring plans, parking, travel budgets and lunch menus. "
    for times, is_cut in ((1, False), (20, False), (60, True), (20_000, True)):
        for query in (f"{background * times}How warm is green tea?", f"Green tea? {background}"):
            answer = await search(client, query, explain=True)
            best = answer["results"][0]
            assert best["memory"]["id"] == ids["tea"], times
            assert "fullText" in best["matchedOn"]
            is_told = "rarest words" in answer.get("degraded", "")
            assert is_told == (is_cut and len(query) > 4_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("query", ""),
        ("query", "  \n"),
        ("query", 7),
        ("limit", 0),
        ("limit", -1),
        ("limit", 101),
        ("limit", "10"),
        ("limit", True),
        ("limit", 1.5),
        ("threshold", 1.01),
        ("threshold", "high"),
        ("minRelevance", 1.01),
        ("minRelevance", -0.01),
        ("types", "note"),
        ("types", [""]),
        ("tags", ["x"] * 51),
        ("archived", 1),
        ("archived", "yes"),
        ("explain", "true"),
        ("includeContent", None),
        ("createdAfter", "yesterday"),
        ("quary", "misspelt"),
    ],
)
async def test_a_wrong_field_is_named(client: httpx.AsyncClient, field: str, value: object) -> None:
    reply = await client.post("/api/search", json={"query": "tea", field: value})
    problem = reply.json()
    assert reply.status_code == 422
    details = problem["details"]
    named = details["field"] if isinstance(details, dict) else details[0]["field"]
    assert named.split(".")[0] == field
    assert field in problem["message"]
