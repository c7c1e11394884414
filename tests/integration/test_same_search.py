"""Both databases find the same, in the same order, but for what is equally good."""

import random
from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from pathlib import Path

import pytest
from pydantic import SecretStr

from memorizer.bootstrap import Container, open_services
from memorizer.domain.memories import Content, Filter
from memorizer.domain.search import Candidate, Query
from memorizer.domain.text_analysis import terms
from memorizer.settings import Settings
from support.embedders import WordEmbedder

MEMORIES = 200
TOPICS = {
    "english": "wing flow pressure boundary layer heat transfer assembly technology turbulent"
    " supersonic cylinder measured probably theoretical analogies cities running generalization",
    "german": "Größe Straße Übergang Strömung Wärme Flügel Mäuse schöner Kühlung äußere Bücher",
    "russian": "крыло поток давление тёплый слой чай ёлка измерение скорость мой переход",
    "greek": "ροή πίεση θερμότητα στρώμα πτέρυγα ταχύτητα καφές",
    "chinese": "机翼 压力 边界层 热传导 湍流 超音速 测量 温度 速度",
    "thai": "ปีก ความดัน ความร้อน ชั้นขอบเขต ความเร็ว",
    "code": "getUserName parse_config HTTPServer2Config memory_events v1.2.3 0xff foo.bar",
}


@pytest.fixture
async def both(tmp_path: Path, postgres_url: str) -> AsyncIterator[tuple[Container, Container]]:
    """The same memories, stored in the same order, in a file and in PostgreSQL."""
    file = Settings(data_dir=tmp_path / "file")
    server = Settings(data_dir=tmp_path / "server", database_url=SecretStr(postgres_url))
    async with (
        open_services(file, embedder=WordEmbedder()) as one,
        open_services(server, embedder=WordEmbedder()) as other,
    ):
        for content in _contents(random.Random(4)):  # noqa: S311 - the same every time
            for container in (one, other):
                await container.services.memories.create(content, actor="test")
        yield one, other


def _contents(chance: random.Random) -> list[Content]:
    return [
        Content(
            f"Number {n}. " + " ".join(chance.choices(_mixed(chance), k=chance.randint(5, 120))),
            title=" ".join(chance.choices(_mixed(chance), k=chance.randint(1, 6))),
            tags=tuple(set(chance.choices(_mixed(chance), k=chance.randint(0, 3)))),
        )
        for n in range(MEMORIES)
    ]


def _mixed(chance: random.Random) -> list[str]:
    """The words of two languages; the first ones are the frequent ones."""
    words = [w for topic in chance.sample(sorted(TOPICS), 2) for w in TOPICS[topic].split()]
    return [word for rank, word in enumerate(words) for _ in range(1 + 12 // (rank + 1))]


def _queries(chance: random.Random) -> list[str]:
    words = [word for topic in TOPICS.values() for word in topic.split()]
    several = [" ".join(chance.sample(words, k)) for k in (2, 3, 5) for _ in range(10)]
    parts = ["technolog", "измер", "Stra", "супер", "边界", "user name", "parse", "the wing"]
    return [*words, *several, *parts]


async def test_both_find_the_same_in_the_same_order(both: tuple[Container, Container]) -> None:
    for query in _queries(random.Random(5)):  # noqa: S311 - the same every time
        one, other = [await _by_words(container, query) for container in both]
        assert [c.score for c in one] == pytest.approx([c.score for c in other], rel=1e-6), query
        assert [c.share for c in one] == pytest.approx([c.share for c in other]), query
        assert _tiers(one) == _tiers(other), query
        assert await _by_all_legs(both[0], query) == await _by_all_legs(both[1], query), query


async def _by_all_legs(container: Container, query: str) -> list[str]:
    answer = await container.services.search.search(Query(query, limit=10))
    return [hit.memory.content.text for hit in answer.hits]


async def _by_words(container: Container, query: str) -> list[Candidate]:
    """With texts in the place of ids, which differ."""
    found = await container.adapters.database.read(
        lambda tx: tx.full_text.search(terms(query), Filter(), limit=MEMORIES)
    )
    memories = await container.services.memories.get_many([c.memory_id for c in found])
    return [
        Candidate(m.content.text, c.score, c.share) for m, c in zip(memories, found, strict=True)
    ]


def _tiers(found: Sequence[Candidate]) -> list[set[str]]:
    """The memories by falling score; those of one score in no order."""
    return [
        {c.memory_id for c in tier} for _, tier in groupby(found, key=lambda c: round(c.score, 9))
    ]
