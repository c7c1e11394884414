"""What the metadata vector of a memory is made of."""

from array import array
from collections.abc import Sequence
from math import hypot

import pytest

from memorizer.domain.memories import Content, Vector
from memorizer.services.embedding import compute
from support.embedders import WordEmbedder

LONG = " ".join(f"word{number}" for number in range(500))


class Recorder(WordEmbedder):
    """Remembers the texts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        self.texts += texts
        return await super().embed_documents(texts)


@pytest.mark.parametrize(
    "content",
    [Content(LONG), Content("green tea"), Content(LONG, title="word7 word8")],
    ids=["untitled", "short", "title of the text"],
)
async def test_without_metadata_of_its_own_it_is_the_mean_of_the_text(content: Content) -> None:
    embedder = Recorder()
    embedded = await compute(embedder, content)
    assert len(embedder.texts) == len(embedded.content)
    sums = [sum(column) for column in zip(*map(_floats, embedded.content), strict=True)]
    mean = [value / hypot(*sums) for value in sums]
    assert _floats(embedded.metadata) == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Content("green tea", title="Breakfast"), "Breakfast"),
        (Content("green tea", tags=("tea",)), "tea"),
        (Content("green tea", title="tea"), "tea"),
        (Content(LONG, title="Another word"), "Another word"),
        (Content(LONG, title="word7", tags=("word8",)), "word7 word8"),
        (Content("green tea", title="tea", tags=("kitchen",)), "tea kitchen"),
    ],
)
async def test_title_and_tags_that_say_more_than_the_text_have_a_vector_of_their_own(
    content: Content, words: str
) -> None:
    embedder = Recorder()
    embedded = await compute(embedder, content)
    assert embedder.texts[-1] == words
    assert [embedded.metadata] == await embedder.embed_documents([words])


def _floats(vector: Vector) -> list[float]:
    return list(array("f", vector))
