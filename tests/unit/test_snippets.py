"""Snippets: the part of a text that a query is about, on one short line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.snippets import MAX_SNIPPET, snippet

FILLER = "Nothing to see here, only words that fill the page. " * 40


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        ("The deploy key of the gateway rotates on Mondays.", "when does the gateway key rotate"),
        ("Since 2026 we are deploying on Tuesdays.", "deployed when"),
        ("数据库密码每周一轮换。", "密码轮换"),
        ("Der Schlüssel liegt im TRESOR.", "tresor"),
    ],
)
def test_it_shows_the_part_with_the_words_of_the_query(wanted: str, query: str) -> None:
    shown = snippet(f"{FILLER}{wanted} {FILLER}", query)

    assert wanted in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


def test_the_rare_words_of_a_query_count_most() -> None:
    text = "The page is the page of the words. " * 40 + "A zebra of the page. " + FILLER
    assert "zebra" in snippet(text, "the zebra of the page")


def test_a_short_text_is_shown_whole_and_without_a_match_the_beginning_is() -> None:
    assert snippet("Tea for two.\n\nAnd milk.", "milk") == "Tea for two. And milk."
    assert snippet(FILLER, "zebra").startswith("Nothing to see here")


@given(st.text(max_size=600) | st.text("ab \n\u0301👩\u200d", max_size=600), st.text(max_size=40))
def test_it_is_one_short_line_of_the_text(text: str, query: str) -> None:
    shown = snippet(text, query)

    assert len(shown) <= MAX_SNIPPET
    assert not any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in shown)
    assert shown.strip("…").strip() in " ".join(
        "".join(" " if c in _BREAKS else c for c in text).split()
    )


_BREAKS = {chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F))} | {
    chr(c) for c in range(0x2066, 0x206A)
}
