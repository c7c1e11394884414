"""Words for full text: what is stored can be found, in any script, by whole or by part."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.domain.text_analysis import (
    FIRST_TERMS,
    LAST_TERMS,
    MAX_CANDIDATE_TERMS,
    MAX_QUERY_TERMS,
    STOP_WORDS,
    Term,
    indexable,
    most_telling,
    terms,
)
from memorizer.domain.text_folding import words_of as words_in_index
from memorizer.domain.text_variants import variants

LETTERS = "abcxyzABCXYZ019éßдя"
UNSPACED = "日本語検索東京都ไทย한국어"

words = st.text(alphabet=LETTERS, min_size=1, max_size=8)
unspaced_runs = st.text(alphabet=UNSPACED, min_size=1, max_size=12)
mixed_texts = st.lists(st.one_of(words, unspaced_runs, st.sampled_from("_ -.,;\n")), max_size=20)


def index_of(text: str) -> list[str]:
    """What an index makes of it, but for its stemming."""
    return words_in_index(indexable(text))


def finds(index: list[str], term: Term) -> bool:
    """Whether the words of the term stand side by side; the last may be the start of one."""
    *firm, last = term.words
    size = len(term.words)
    windows = (index[i : i + size] for i in range(len(index) - size + 1))
    return any(
        window[:-1] == firm
        and (window[-1].startswith(last) if term.is_prefix else window[-1] == last)
        for window in windows
    )


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
    assert len(found) == len(set(found)) <= MAX_CANDIDATE_TERMS


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
        ("東京都", [("東京",), ("京都",), ("東京", "京都")]),
        ("東京", [("東京",)]),
        ("水", [("水",)]),
        ("Python3で検索", [("python3",), ("で検",), ("検索",), ("で検", "検索")]),
        ("ｆｕｌｌ　ｗｉｄｔｈ", [("full",), ("width",)]),
        ("🎉 party", [("🎉",), ("party",)]),
        ("🎉🚀", [("🎉",), ("🚀",), ("🎉", "🚀")]),
        ("a → b", [("u2192",), ("b",)]),
        ("किताब", [("किताब",)]),
        ("v1.2.3", [("v1",), ("2",), ("3",), ("v1", "2", "3"), ("1", "2", "3")]),
        ("10.1.0.2", [("10",), ("1",), ("0",), ("2",), ("10", "1", "0", "2")]),
        ("1,024", [("1",), ("024",), ("1", "024")]),
        ("src/login.py", [("src",), ("login",), ("py",), ("src", "login", "py")]),
        ("PR #34", [("pr",), ("34",), ("pr", "34")]),
        ("the 34", [("34",)]),
        ("in March 2026", [("march",), ("2026",)]),
        ("12 March 2026", [("12",), ("march",), ("2026",), ("12", "march", "2026")]),
        ('"off switch"', [("off", "switch"), ("off",), ("switch",)]),
        ("the “off switch”", [("off", "switch"), ("off",), ("switch",)]),
        ("「東京都」へ", [("東京", "京都"), ("東京",), ("京都",), ("へ",)]),
        ("don't won't", [("don",), ("t",), ("won",)]),
        ("userProfile", [("userprofile",), ("user", "profile")]),
        ("C++", [("c",), ("cplusplus",)]),
        (
            "https://example.org/a2",
            [("https",), ("example",), ("org",), ("a2",), ("example", "org", "a2")],
        ),
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


@pytest.mark.parametrize(
    ("query", "text", "near_miss"),
    [
        ("1.2.3", "Release v1.2.3", "Release v1.3.2"),
        ("v1.2.3", "Release 1.2.3", "Release 1.3.2"),
        ("1.2.3", "Release 1.2.3", "Release 1.2.30"),
        ("3.12", "Python3.12", "12.3"),
        ("#34", "PR #34", "PR #43"),
        ("PR 34", "see PR #34", "PR #12 of repo 34"),
        ("port 80", "on port 80", "on port 8080"),
        ("2026-03-12", "on March 12th, 2026", "2026-12-03"),
        ("March 12, 2026", "2026-03-12T10:00", "12 May, March 2026"),
        ("C++", "written in C++20", "written in C"),
        ("C#", "a C# service", "a C++ service"),
        (".NET", "ported to .NET 8", "the net is torn"),
        ("userProfile", "call user_profile()", "the profile of a user"),
        ("user-profile", "class UserProfile", "profileUser"),
        ("東京都", "東京都の天気", "東京と京都"),
        ("a@b.org", "write to a@b.org", "b@a.org"),
        ("0:15", "at 0:15", "at 15:0"),
        ("Ελλάδα", "ΕΛΛΑΔΑ", "ελιά"),
        ("елка", "Новогодняя ёлка", "елки"),
        ("мой", "это мой дом", "мои дома"),
        ("database", "data\xadbase", "data base"),
        ("میخواهم", "می\u200cخواهم", "می‌روم"),
        ("می خواهم", "می\u200cخواهم", "خواهم"),
        ("محمد", "مُحَمَّد", "مجد"),
        ("שלום", "שָׁלוֹם", "שלו"),
        ("हिंदी", "हिन्दी", "हिरन"),
        ("किताब", "मेरी किताब", "कल तक बाहर"),
        ("বই", "আমার বই", "বন"),
        ("புத்தகம்", "என் புத்தகம்", "புதன்"),
        ("Đà Nẵng", "da nang", "da lat"),
        ("strasse", "Straße", "stras"),
        ("istanbul", "İstanbul", "ist"),
        ("ISIK", "ışık", "is"),
        ("⭐", "rated⭐⭐", "🌟"),
        ("→", "A→B", "A←B"),
        ("❤", "I ❤️ tea", "tea"),
        ("42", "बयालीस ४२", "२४"),
    ],
)
def test_another_spelling_is_found_and_a_near_miss_lacks_something(
    query: str, text: str, near_miss: str
) -> None:
    def matched(text: str) -> int:
        return sum(finds(index_of(text), term) for term in terms(query))

    assert matched(text) > matched(near_miss)


def test_a_long_query_keeps_its_first_last_and_rarest_words() -> None:
    asked = terms(" ".join(f"word{n}x" for n in range(200)))
    frequencies = [50.0 - n % 40 for n in range(200)]
    frequencies[100:110] = [0.0] * 10
    kept = most_telling(asked, frequencies)
    assert len(kept) == MAX_QUERY_TERMS
    assert kept[:FIRST_TERMS] == asked[:FIRST_TERMS]
    assert kept[-LAST_TERMS:] == asked[-LAST_TERMS:]
    rarest = sorted(frequencies[FIRST_TERMS:-LAST_TERMS])
    middle = kept[FIRST_TERMS:-LAST_TERMS]
    known = [frequency for frequency in rarest if frequency]
    assert sorted(frequencies[asked.index(term)] for term in middle) == known[: len(middle)]


def test_a_page_of_text_keeps_its_ends_and_its_names() -> None:
    prose = " ".join(f"prose{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600))
    found = words_of(f"first {prose} psycopg.errors.Deadlock {prose[::-1]} last")
    assert len(found) == MAX_CANDIDATE_TERMS
    assert {("first",), ("last",), ("psycopg", "errors", "deadlock")} <= set(found)


def test_plain_english_is_indexed_as_it_stands() -> None:
    text = "The worker holds a lease of 30 seconds."
    assert indexable(text) == text


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("paid $1,234.50, then 12,345,678", ["1234.50", "12345678"]),
        ("1,2 and 1,23 and 1,2345 and 1,234.5.6 and v1,234", []),
    ],
)
def test_a_number_in_groups_of_thousands_is_also_one_without(text: str, other: list[str]) -> None:
    assert list(variants(text)) == other


@pytest.mark.parametrize("query", ["1,234.50", "1234.50"])
@pytest.mark.parametrize("text", ["paid 1,234.50 euros", "paid 1234.50 euros"])
def test_a_number_is_found_with_and_without_groups(query: str, text: str) -> None:
    index = " " + " ".join(words_in_index(indexable(text)))
    assert any(f" {' '.join(term.words)}" in index for term in terms(query) if len(term.words) > 1)
