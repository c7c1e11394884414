"""Full text tells how many of the query's words a memory has, not only how good they are."""

import pytest

from memorizer.domain.memories import Content, Filter
from memorizer.domain.text_analysis import terms
from support.memorizer import Memorizer

TEXTS = ("red green blue", "red and green", "blue, blue, blue", "an orange", "reddish")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("red green blue", {"red green blue": 1, "red and green": 2 / 3, "blue, blue, blue": 1 / 3,
                            "reddish": 1 / 3}),
        ("blue", {"red green blue": 1, "blue, blue, blue": 1}),
        ("an orange submarine", {"an orange": 1 / 2}),
        ("nothing of these", {}),
    ],
)  # fmt: skip
async def test_shares_of_words(
    memorizer: Memorizer, query: str, expected: dict[str, float]
) -> None:
    for text in TEXTS:
        await memorizer.services.memories.create(Content(text, title="-"), actor="test")
    found = await memorizer.container.adapters.database.read(
        lambda tx: tx.full_text.search(terms(query), Filter(), limit=10)
    )
    memories = await memorizer.services.memories.get_many([each.memory_id for each in found])
    shares = {m.content.text: each.share for m, each in zip(memories, found, strict=True)}
    assert shares == pytest.approx(expected)
