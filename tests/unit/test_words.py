"""Words for full text: what is stored can be found, in any script, by whole or by part."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.text_analysis import MAX_QUERY_TERMS, STOP_WORDS, Term, indexable, terms

LETTERS = "abcxyzABCXYZ019éßдя"
UNSPACED = "日本語検索東京都ไทย한국어"

words = st.text(alphabet=LETTERS, min_size=1, max_size=8)
unspaced_runs = st.text(alphabet=UNSPACED, min_size=1, max_size=12)
mixed_texts = st.lists(st.one_of(words, unspaced_runs, st.sampled_from("_ -.,;\n")), max_size=20)


def index_of(text: str) -> list[str]:
    """What an index makes of it: it splits at everything but letters and digits."""
    return [word.lower() for word in re.findall(r"[^\W_]+", indexable(text))]


def finds(index: list[str], term: Term) -> bool:
    """Whether the words of the term stand side by side; the last may be the start of one."""
    *firm, last = term.words
    size = len(term.words)
    windows = (index[i : i + size] for i in range(len(index) - size + 1))
    return any(window[:-1] == firm and window[-1].startswith(last) for window in windows)


def words_of(query: str) -> list[tuple[str, ...]]:
    return [term.words for term in terms(query)]


@given(mixed_texts.map("".join))
def test_every_text_is_found_by_its_own_words(text: str) -> None:
    index = index_of(text)
    assert [term for term in terms(text) if not finds(index, term)] == []


@given(unspaced_runs, st.data())
def test_a_script_without_spaces_is_found_by_any_piece_of_it(run: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))
    index = index_of(f"before {run} after")
    assert [term for term in terms(run[start:end]) if not finds(index, term)] == []


@given(st.text(max_size=200))
def test_terms_hold_nothing_a_search_expression_could_trip_over(query: str) -> None:
    for term in terms(query):
        for word in term.words:
            assert word
            assert not re.search(r"[\s\"'*^:(){}\[\]%+,;-]", word)


@given(st.text(max_size=300))
def test_terms_are_few_and_do_not_repeat(query: str) -> None:
    found = terms(query)
    assert len(found) == len(set(found)) <= MAX_QUERY_TERMS


@given(st.lists(st.sampled_from(sorted(STOP_WORDS)), min_size=1, max_size=5))
def test_stop_words_count_only_when_there_is_nothing_else(stops: list[str]) -> None:
    assert {word for (word,) in words_of(" ".join(stops))} == set(stops)
    assert words_of(" ".join([*stops, "slipstream"])) == [("slipstream",)]


@pytest.mark.parametrize("query", ["", " ", "?!", '"', "* ^ ()", "-- ;", "%"])
def test_punctuation_alone_asks_for_nothing(query: str) -> None:
    assert terms(query) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Heat Transfer", [("heat",), ("transfer",)]),
        ("memory_events", [("memory", "events")]),
        ("__init__", [("init",)]),
        ("it's", [("s",)]),
        ("東京都", [("東京",), ("京都",)]),
        ("水", [("水",)]),
        ("Python3で検索", [("python3",), ("で検",), ("検索",)]),
        ("ｆｕｌｌ　ｗｉｄｔｈ", [("full",), ("width",)]),
        ("🎉 party", [("🎉",), ("party",)]),
    ],
)
def test_what_a_query_asks_for(query: str, expected: list[tuple[str, ...]]) -> None:
    assert words_of(query) == expected


@pytest.mark.parametrize(
    ("identifier", "parts"),
    [
        ("getUserName", ["get", "user", "name"]),
        ("HTTPServer2Config", ["http", "server2", "config"]),
        ("parse_jsonBody", ["parse", "json", "body"]),
    ],
)
def test_an_identifier_is_found_whole_and_by_its_parts(identifier: str, parts: list[str]) -> None:
    index = index_of(f"call {identifier}() first")
    for query in (identifier, *parts):
        assert all(finds(index, term) for term in terms(query)), query


def test_plain_english_is_indexed_as_it_stands() -> None:
    text = "The worker holds a lease of 30 seconds."
    assert indexable(text) == text
