"""What is returned of judged memories, with the bundled model: floors below what is seen.

On the sets that are kept aside: nothing was fitted to them (benchmarks/judged.py).
"""

from pathlib import Path

import pytest
from benchmarks.judged import KEPT_ASIDE, JudgedSet, own_sets

from memorizer.bootstrap import open_services
from memorizer.domain.relevance import Match
from memorizer.domain.search import Query
from memorizer.settings import Settings

ASIDE = [each for each in own_sets() if each.name in KEPT_ASIDE]


async def returned(judged: JudgedSet, data_dir: Path) -> dict[str, set[str]]:
    """Return by query the keys of what is likely or better."""
    async with open_services(Settings(data_dir=data_dir)) as container:
        services = container.services
        keys = {}
        for key, content in judged.memories.items():
            stored = await services.memories.create(content, actor="test")
            keys[stored.memory.id] = key
        return {
            query.text: {
                keys[hit.memory.id]
                for hit in (await services.search.search(Query(query.text))).hits
                if hit.match is not Match.WEAK
            }
            for query in judged.queries
        }


@pytest.mark.parametrize("judged", ASIDE, ids=lambda judged: judged.name)
async def test_what_is_returned_is_right_and_nothing_if_nothing_answers(
    judged: JudgedSet, tmp_path: Path
) -> None:
    found = await returned(judged, tmp_path)

    answerable = judged.answerable()
    right = [len(found[query.text] & query.relevant.keys()) for query in answerable]
    recalls = [n / len(query.relevant) for n, query in zip(right, answerable, strict=True)]
    precisions = [
        n / len(found[query.text])
        for n, query in zip(right, answerable, strict=True)
        if found[query.text]
    ]
    unanswerable = [query for query in judged.queries if query.kind == "no-answer"]
    silent = [query.text for query in unanswerable if not found[query.text]]
    assert len(silent) >= 0.9 * len(unanswerable)
    assert sum(precisions) / len(precisions) >= 0.75
    assert sum(recalls) / len(recalls) >= 0.88
