"""Words of time in a query: what is of that time counts for more, and nothing is excluded."""

from dataclasses import replace

import pytest

from memorizer.domain.memories import Content, Memory
from memorizer.domain.search import TIME_WEIGHT, Answer, Candidate, Leg, Query, fuse, with_time
from memorizer.domain.timestamps import DAY_MS
from memorizer.domain.validity import Times
from memorizer.services import Services
from support.agents import agent

DECISION = "We decided to rotate the keys of the payment service"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(services: Services, text: str, *, days_ago: int | None = None) -> Memory:
    now = services.memories.clock.now()
    at = None if days_ago is None else now - days_ago * DAY_MS
    content = Content(text, title=text[-20:], times=Times(happened_at=at))
    return (await services.memories.create(content, actor="test")).memory


async def search(services: Services, query: str) -> Answer:
    return await services.search.search(Query(query))


async def test_what_is_of_the_time_comes_first_and_the_rest_stays(services: Services) -> None:
    then = await store(services, f"{DECISION} by hand.", days_ago=1)
    now = await store(services, f"{DECISION} by a job.")
    other = await store(services, "The kettle is broken.", days_ago=1)
    query = Query("what did we decide about the payment service yesterday")
    answer = await services.search.search(query)
    without = await services.search.search(replace(query, read_time=False))

    assert answer.read_as is not None
    assert [hit.memory.id for hit in answer.hits][:2] == [then.id, now.id]
    assert [hit.time_bonus > 0 for hit in answer.hits][:2] == [True, False]
    assert other.id not in [hit.memory.id for hit in answer.hits][:2]
    scores = {hit.memory.id: hit.score for hit in without.hits}
    assert answer.hits[1].score == pytest.approx(scores[now.id])
    assert scores[then.id] < answer.hits[0].score <= scores[then.id] + TIME_WEIGHT
    assert without.read_as is None


def test_what_no_leg_came_to_is_found_if_it_is_of_the_time() -> None:
    near = [Candidate(f"id {number:02}", 1 - number / 100) for number in range(30)]
    fused = fuse({Leg.FULL_TEXT: near}, depth=30)
    timed = with_time(fused, {Leg.FULL_TEXT: [Candidate("then", 0.7)]})

    places = [hit.memory_id for hit in timed]
    assert 0 < places.index("then") < 30
    assert [id_ for id_ in places if id_ != "then"] == [hit.memory_id for hit in fused]
    assert with_time(fused, {Leg.FULL_TEXT: []}) == fused


async def test_a_time_without_a_memory_changes_nothing_but_is_told(services: Services) -> None:
    memory = await store(services, f"{DECISION}.")
    async with agent(services) as ours:
        found = await ours.call("search_memories", query=f"{DECISION} in 2001")
    assert [hit["id"] for hit in found["results"]] == [memory.id]
    assert found["readAs"] == "2001"
    assert found["message"].startswith("Nothing like it is of 2001. ")


async def test_a_hard_window_leaves_words_alone(services: Services) -> None:
    memory = await store(services, f"{DECISION}.")
    async with agent(services) as ours:
        found = await ours.call(
            "search_memories", query=f"{DECISION} last week", createdAfter="2020-01-01"
        )
    assert [hit["id"] for hit in found["results"]] == [memory.id]
    assert "readAs" not in found
