"""The tokenizer of PostgreSQL: the words of FTS5, and tsvectors that are always valid."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import apsw
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.postgres.bm25 import Corpus, Phrase, score
from memorizer.adapters.postgres.fts5_tokenizer import tokens
from memorizer.adapters.postgres.tsvectors import combined_query, phrase_of, vector_of
from memorizer.domain.memories import MAX_TEXT, Content
from memorizer.domain.text_analysis import indexable, terms
from support.postgres_server import PostgresServer

TOKENIZER = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co So'"
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("'\\\":*&|!<->()%? \t\n0123456789ABC"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    min_size=1,
    max_size=80,
).filter(str.strip)
LETTERS = st.sampled_from(
    "abcdefgilmnorstuyzABCäöüßéçñåøłőžğ йёчщыэжюя άέήίόύώςσ 日本語 ไทย 한국 هذا עבר"
)


@pytest.fixture(scope="module")
def connection(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def fts() -> Iterator[apsw.Connection]:
    """An index of SQLite's, and a view of the words in it."""
    connection = apsw.Connection(":memory:")
    connection.execute(f'CREATE VIRTUAL TABLE i USING fts5(text, tokenize="{TOKENIZER}")')
    connection.execute("CREATE VIRTUAL TABLE w USING fts5vocab(i, 'instance')")
    yield connection
    connection.close()


def words_of_sqlite(fts: apsw.Connection, text: str) -> list[str]:
    fts.execute("DELETE FROM i")
    fts.execute("INSERT INTO i VALUES (?)", (text,))
    return [str(term) for (term,) in fts.execute("SELECT term FROM w ORDER BY offset")]


@given(st.text(LETTERS, max_size=60))
def test_a_text_has_the_same_words_on_both_databases(fts: apsw.Connection, text: str) -> None:
    prepared = indexable(text)
    assert tokens(prepared) == words_of_sqlite(fts, prepared)


@pytest.mark.parametrize(
    "text",
    [
        "Technologies and ontology: assembly is possibly horribly large, probably.",
        "The naïve façade of Café Müller, Straße 5, Ærø",
        "Чай ещё тёплый; мой ёж его пил",
        "Ο καφές της Αθήνας είναι ζεστός",
        "東京都の天気 กาแฟร้อน 커피가 뜨겁다",
        "def getUserName(self): return HTTPServer2Config.parse_jsonBody(x) # 0xff 3.14",
        "mañana niño corazón; größte Übergröße; žluťoučký kůň",
        "🎉 party ☃ snow",
    ],
)
def test_texts_as_people_write_them_have_the_same_words(fts: apsw.Connection, text: str) -> None:
    prepared = indexable(text)
    assert tokens(prepared) == words_of_sqlite(fts, prepared)


def test_many_threads_can_cut_words_at_once() -> None:
    vocabulary = [f"{stem}{n}ations" for n in range(300) for stem in ("gener", "rel", "nationaliz")]
    expected = [tokens(word) for word in vocabulary]
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: [tokens(word) for word in vocabulary], range(16)):
            assert found == expected


@given(HOSTILE, HOSTILE, st.lists(HOSTILE, max_size=3))
def test_a_hostile_memory_is_a_valid_tsvector(
    connection: psycopg.Connection, text: str, title: str, tags: list[str]
) -> None:
    vector, count = vector_of(Content(text, title=title, tags=tuple(tags)))
    [(stored,)] = connection.execute("SELECT length(%s::tsvector)", (vector,))
    assert stored <= count


@given(HOSTILE, HOSTILE)
def test_a_hostile_query_is_a_valid_tsquery(
    connection: psycopg.Connection, text: str, query: str
) -> None:
    assert finds(connection, text, query) in {True, False}


@given(st.text(LETTERS, min_size=1, max_size=60).filter(str.strip))
def test_a_text_is_found_by_its_own_words(connection: psycopg.Connection, text: str) -> None:
    assert finds(connection, text, text) or not terms(text)


def finds(connection: psycopg.Connection, text: str, query: str) -> bool:
    """Whether the text has all that the query asks for."""
    vector, _ = vector_of(Content(text))
    phrases = [phrase for term in terms(query) if (phrase := phrase_of(term))]
    [(found,)] = connection.execute(
        "SELECT %s::tsvector @@ %s::tsquery", (vector, combined_query(phrases, "&"))
    )
    return bool(found)


def test_the_longest_text_in_many_languages_is_searched_to_its_end(
    connection: psycopg.Connection,
) -> None:
    text = f"{_babel(MAX_TEXT - 60)} the quagga's zibeline 鑫淼焱 тюбетейка"
    _, count = vector_of(Content(text))
    assert count > 60_000
    for query in ("quagga", "quagga zibeline", "鑫淼焱", "тюбетейка"):
        assert finds(connection, text, query), query


def test_a_text_of_nothing_but_different_words_is_stored_as_far_as_it_fits(
    connection: psycopg.Connection,
) -> None:
    text = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(MAX_TEXT))
    vector, count = vector_of(Content(text))
    [(stored,)] = connection.execute("SELECT length(%s::tsvector)", (vector,))
    assert 0 < stored <= count
    numbers = " ".join(str(n) for n in range(10**6, 10**6 + 60_000))
    vector, _ = vector_of(Content(numbers))
    connection.execute("SELECT %s::tsvector", (vector,))


@given(st.integers(1, 500))
def test_a_word_counts_for_more_in_the_title_and_less_in_a_long_text(length: int) -> None:
    corpus = Corpus(size=1_000, mean_length=100)
    phrase = Phrase(("tea",), is_prefix=False)
    in_title = score({phrase: 1.0}, {"tea": [(1, "A")]}, length, corpus)
    in_text = score({phrase: 1.0}, {"tea": [(1, "C")]}, length, corpus)
    in_longer_text = score({phrase: 1.0}, {"tea": [(1, "C")]}, length + 1, corpus)
    assert in_title > in_text > in_longer_text > 0


def test_a_phrase_counts_where_its_words_stand_side_by_side() -> None:
    corpus = Corpus(size=10, mean_length=10)
    phrase = Phrase(("green", "te"), is_prefix=True)
    beside = {"green": [(1, "C")], "tea": [(2, "C")]}
    apart = {"green": [(1, "C")], "tea": [(5, "C")]}
    assert score({phrase: 1.0}, beside, 10, corpus) > 0
    assert score({phrase: 1.0}, apart, 10, corpus) == 0


def _babel(length: int) -> str:
    """Words of several scripts, the frequent ones often, as languages have them."""
    chance = random.Random(20)  # noqa: S311 - the same text every time
    alphabets = [
        "abcdefghiklmnoprstuw",
        "абвгдежзиклмнопрст",
        "αβγδεζηθικλμνοπρστ",
        "的一是不了人我在有他这",
    ]
    vocabulary = [
        "".join(chance.choices(letters, k=chance.randint(2, 9)))
        for letters in alphabets
        for _ in range(4_000)
    ]
    chance.shuffle(vocabulary)
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    text = " ".join(chance.choices(vocabulary, weights, k=length // 4))
    return text[:length]
