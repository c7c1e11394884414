"""How documents are cut into parts: nothing is lost, no part is too long, each has a title."""

from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.documents.blocks import Block
from memorizer.adapters.documents.parts import MAX_PART_CHARACTERS, cut
from memorizer.domain.memories import MAX_TITLE

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300)
HEADINGS = st.sampled_from(["Setup", "Setup (2)", "Use", "Chapter 1"])
LONG = st.builds(lambda word, times: f"{word} " * times, WORDS, st.integers(1, 400))
BLOCKS = st.lists(
    st.builds(
        Block,
        (HEADINGS | WORDS | LONG).filter(lambda text: bool(text.strip())),
        st.integers(0, 4),
        st.none() | st.integers(1, 3),
        st.none() | st.integers(1, 9),
    ),
    max_size=12,
)


def test_parts_of_one_page_and_one_title_are_numbered() -> None:
    long = "word " * (MAX_PART_CHARACTERS // 5)
    parts = cut([Block(long, page=1), Block(long, page=1), Block(long, page=1)], "Handbook")
    assert [part.title for part in parts] == ["Handbook", "Handbook (page 1)", "Handbook (3)"]


@given(BLOCKS)
def test_nothing_is_lost_and_every_part_has_a_title_of_its_own(blocks: list[Block]) -> None:
    parts = cut(blocks, "Handbook")

    told = "".join("".join(part.text for part in parts).split())
    for block in blocks:
        for word in block.text.split():
            assert word[:200] in told, "long words are cut, and nothing else"
    assert len({part.title for part in parts}) == len(parts)
    assert all(part.title and len(part.title) <= MAX_TITLE for part in parts)
    assert all(part.text.strip() for part in parts)
    headings = sum(len(block.text) for block in blocks if block.level)
    assert all(len(part.text) <= 2 * MAX_PART_CHARACTERS + headings for part in parts)
