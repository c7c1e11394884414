"""Of a query that is longer than a model's window, the beginning and the end are embedded."""

import pytest

from memorizer.domain.search import ends
from memorizer.services.embedding import QUERY_PROMPT_TOKENS, embed_query
from support.embedders import WordEmbedder, vector_of


@pytest.mark.parametrize("length", [2, 3, 100])
def test_ends_are_a_third_and_two_thirds(length: int) -> None:
    text = "".join(chr(0x4E00 + n) for n in range(200))
    cut = ends(text, length)
    assert len(cut) == length
    assert text.startswith(cut[: length // 3])
    assert text.endswith(cut[length // 3 + 1 :])
    assert ends(text, 200) == text


@pytest.mark.parametrize("repeats", [130, 2_000])
async def test_the_middle_of_a_long_query_is_left_out(repeats: int) -> None:
    embedder = WordEmbedder()
    start, end = "kettle " * 3, "teapot " * 3
    vector = await embed_query(embedder, f"{start}{'middle ' * repeats}{end}")
    room = embedder.window - QUERY_PROMPT_TOKENS
    assert vector == vector_of(f"{start}{'middle ' * (room - 6)}{end}")


@pytest.mark.parametrize("query", ["one two", "word " * 100])
async def test_a_query_that_fits_is_embedded_as_it_is(query: str) -> None:
    assert await embed_query(WordEmbedder(), query) == vector_of(query)
