"""Answers stay about 8 KB, however much there is to say, and say how to get the rest."""

import json
from typing import Any

from memorizer.domain.memories import Content
from memorizer.services import Services
from support.agents import Agent, agent

LIMIT = 8_192
LONG = "".join(f'Line {n} of a long text, with ünïcödé and "quotes".\n' for n in range(2_000))


def size(answer: dict[str, Any]) -> int:
    return len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode())


async def whole_text(ours: Agent, id_: str) -> tuple[str, int]:
    """A text read piece by piece, and in how many."""
    answer = await ours.call("get", id=id_)
    text, pieces = answer["memory"]["text"], 1
    while cursor := answer["memory"].get("textCursor"):
        answer = await ours.call("get", id=id_, cursor=cursor)
        assert size(answer) <= LIMIT
        text += answer["memory"]["text"]
        pieces += 1
    return text, pieces


async def test_a_long_text_is_read_piece_by_piece_without_losing_a_character(
    services: Services,
) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(LONG)
        text, pieces = await whole_text(ours, id_)

    assert text == LONG
    assert pieces > 10


async def test_the_pieces_are_of_one_version_even_if_it_changes_meanwhile(
    services: Services,
) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(LONG)
        first = await ours.call("get", id=id_)
        await ours.call("edit", id=id_, old_text="Line 0", new_text="A very different beginning")
        second = await ours.call("get", id=id_, cursor=first["memory"]["textCursor"])

    begun = first["memory"]["text"] + second["memory"]["text"]
    assert LONG.startswith(begun)


async def test_many_memories_come_in_pages_and_none_is_left_out(services: Services) -> None:
    async with agent(services) as ours:
        ids = [await ours.store(f"{n} " + "word " * 300) for n in range(20)]
        read: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = await ours.call("get_many", ids=ids, cursor=cursor)
            assert size(answer) <= LIMIT
            read += [memory["id"] for memory in answer["memories"]]
            cursor = answer.get("nextCursor")

    assert read == ids


async def test_one_memory_too_long_for_a_page_says_where_its_text_goes_on(
    services: Services,
) -> None:
    async with agent(services) as ours:
        ids = [await ours.store(LONG), await ours.store("Short.")]
        answer = await ours.call("get_many", ids=ids)
        [memory] = answer["memories"]
        rest = await ours.call("get", id=ids[0], cursor=memory["textCursor"])

    assert size(answer) <= LIMIT
    assert LONG.startswith(memory["text"] + rest["memory"]["text"])
    assert answer["nextCursor"] == "1"


async def test_many_hits_come_in_pages_in_their_order(services: Services) -> None:
    tags = [f"a-rather-long-tag-{n}" for n in range(10)]
    async with agent(services) as ours:
        for n in range(60):
            await ours.store(f"Tea, the {n}th.", title=f"Tea {n} " + "x" * 150, tags=tags)
        first = await ours.call("search_memories", query="tea", limit=60)
        ids = [hit["id"] for hit in first["results"]]
        answer = first
        while cursor := answer.get("nextCursor"):
            answer = await ours.call("search_memories", query="tea", limit=60, cursor=cursor)
            assert size(answer) <= LIMIT
            ids += [hit["id"] for hit in answer["results"]]

    assert size(first) <= LIMIT
    assert len(ids) == len(set(ids)) == 60


async def test_everything_around_a_memory_at_once_still_fits(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(LONG, title="T" * 200)
        for n in range(40):
            content = Content(f"Other {n}. {LONG[:500]}", title="O" * 200, source="s")
            other = (await services.memories.create(content, actor="test")).memory.id
            await ours.call("create_relationship", fromId=id_, toId=other, type="r" * 100)
            await ours.call("update_metadata", id=id_, confidence=(n + 1) / 100)
        answer = await ours.call(
            "get",
            id=id_,
            includeVersionHistory=True,
            versionLimit=20,
            similarLimit=10,
            similarityThreshold=0,
        )

    assert size(answer) <= LIMIT
    assert answer["memory"]["textCursor"]
    assert f"newest {len(answer['relationships'])} of 40 relationships" in answer["message"]


async def test_a_refusal_is_short_however_long_the_call_was(services: Services) -> None:
    async with agent(services) as ours:
        id_ = await ours.store(LONG)
        said = await ours.refused("edit", id=id_, old_text="y" * 100_000, new_text="")

    assert len(said) < 1_000
    assert "(100000 characters)" in said
