"""Cutting texts: nothing is lost, nothing is too long, neighbours overlap."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.chunking import Span, about, chunk


def tokens_of(text: str) -> list[Span]:
    return [found.span() for found in re.finditer(r"\w+", text)]


@st.composite
def cuts(draw: st.DrawFn) -> tuple[str, int, int]:
    """A text whose words all differ, a window and an overlap."""
    gaps = draw(st.lists(st.sampled_from([" ", "\n\n", " \u00b7 ", ", "]), max_size=60))
    text = "".join(f"{gap}w{number}" for number, gap in enumerate(gaps))
    window = draw(st.integers(1, 20))
    return text, window, draw(st.integers(0, window - 1))


@given(cuts())
def test_every_token_lies_whole_in_some_chunk(cut: tuple[str, int, int]) -> None:
    text, window, overlap = cut
    pieces = chunk(text, tokens_of(text), window=window, overlap=overlap)
    found = {word for piece in pieces for word in re.findall(r"\w+", piece.text)}
    assert found == set(re.findall(r"\w+", text))


@given(cuts())
def test_no_chunk_has_more_tokens_than_the_window(cut: tuple[str, int, int]) -> None:
    text, window, overlap = cut
    for piece in chunk(text, tokens_of(text), window=window, overlap=overlap):
        assert len(tokens_of(piece.text)) <= window


@given(cuts())
def test_chunks_are_numbered_and_no_more_than_needed(cut: tuple[str, int, int]) -> None:
    text, window, overlap = cut
    count = len(tokens_of(text))
    pieces = chunk(text, tokens_of(text), window=window, overlap=overlap)
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    needed = 1 + max(0, -(-(count - window) // (window - overlap)))
    assert len(pieces) == needed


def test_neighbours_share_the_overlap() -> None:
    text = "one two three four five six seven"
    pieces = chunk(text, tokens_of(text), window=4, overlap=2)
    assert [p.text for p in pieces] == [
        "one two three four",
        "three four five six",
        "five six seven",
    ]


def test_a_text_that_fits_is_kept_as_it_is() -> None:
    text = "  short, with space around \n"
    (piece,) = chunk(text, tokens_of(text), window=10, overlap=3)
    assert piece.text == text


@pytest.mark.parametrize(("window", "overlap"), [(0, 0), (4, 4), (4, 5), (4, -1)])
def test_a_cut_that_would_never_end_is_refused(window: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="cannot make progress"):
        chunk("text", [(0, 4)], window=window, overlap=overlap)


@given(st.integers(41, 600), st.integers(8, 40), st.data())
def test_a_piece_found_by_its_share_of_the_text_holds_the_middle_of_the_chunk(
    words: int, window: int, data: st.DataObject
) -> None:
    text = " ".join(f"w{number:03}" for number in range(words))
    overlap = window // 4
    pieces = chunk(text, tokens_of(text), window=window, overlap=overlap)
    place = data.draw(st.integers(0, len(pieces) - 1))
    found = about(text, place, len(pieces), window=window, overlap=overlap)
    whole = re.findall(r"\w+", pieces[place].text)
    assert whole[len(whole) // 2] in found
    assert len(found) <= 5 * (window + 2 * overlap) * 1.5
