"""Thousands of made-up texts: nothing breaks the chunker, the search, the titles or a stream.

`MEMORIZER_TEST_FUZZ=5000 pytest tests/chaos/test_fuzz.py` tries so many of each. Importers have
their own (tests/unit/test_formats_survive.py), and so has REST (test_schemathesis.py).
"""

import asyncio
import json
from collections.abc import Awaitable, Iterator
from itertools import pairwise
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.system_clock import SystemClock
from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.adapters.titles.llm_output import extract_title
from memorizer.domain.chunking import chunk
from memorizer.domain.errors import TextRejected, TitleRejected
from memorizer.domain.memories import MAX_TITLE, Content, Filter
from memorizer.domain.search import Candidate
from memorizer.domain.text_analysis import MAX_CANDIDATE_TERMS, indexable, terms
from memorizer.http.sse import event
from support.chaos import fuzz
from support.embedders import WordEmbedder
from support.mutation_steps import TITLED
from support.postgres_server import PostgresServer

Database = SqliteDatabase | PostgresDatabase

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(LETTERS, max_size=400)
TELLING = "\"'*^+-:()[]{}&|!<>\\%_?~ aB9é日本ไทยᄀ\u0301\u200d\U0001f600\t\n,.;#@$ ANDORTNEAR"
QUERIES = TEXTS | st.text(st.sampled_from(TELLING), max_size=120)
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=9), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@fuzz
@given(words=WORDS, window=st.integers(1, 40), data=st.data())
def test_every_token_is_in_a_piece_that_fits_and_neighbours_share_some(
    words: list[str], window: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, window - 1))
    ends = [sum(map(len, words[: n + 1])) for n in range(len(words))]
    spans = [(end - len(word), end) for word, end in zip(words, ends, strict=True)]
    # letters that are unlike each other, so that a piece says which tokens it has
    text = "".join(chr(0xF0000 + n) for n in range(ends[-1] if ends else 0))
    pieces = [piece.text for piece in chunk(text, spans, window=window, overlap=overlap)]
    held = [{n for n, (start, _) in enumerate(spans) if text[start] in piece} for piece in pieces]
    assert set().union(*held) == set(range(len(words)))
    assert all(len(tokens) <= window for tokens in held)
    assert all(len(one & other) == overlap for one, other in pairwise(held))


@fuzz
@given(QUERIES)
def test_any_text_becomes_words_that_an_index_can_hold(text: str) -> None:
    found = terms(text)
    assert len(found) <= MAX_CANDIDATE_TERMS
    assert all(term.words and all(term.words) for term in found)
    assert "\0" not in indexable(text)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = SqliteDatabase(tmp_path_factory.mktemp("fuzz") / "memorizer.db", SystemClock())
    yield database
    database.close()


@pytest.fixture(scope="module")
def postgresql(postgres: PostgresServer) -> Iterator[Database]:
    with postgres.database() as url:
        database = PostgresDatabase(url, SystemClock(), connections=3)
        yield database
        database.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@fuzz
@given(query=QUERIES)
def test_any_query_is_a_search_and_never_an_error(
    request: pytest.FixtureRequest, engine: str, query: str
) -> None:
    database: Database = request.getfixturevalue(engine)
    wanted = terms(query)
    if wanted:
        search = database.read(lambda tx: tx.full_text.search(wanted, Filter(), limit=3))
        assert asyncio.run(_result(search)) == []


async def _result(found: Awaitable[list[Candidate]]) -> list[Candidate]:
    return await found


@fuzz
@given(QUERIES)
def test_any_answer_of_a_model_is_a_clean_title_or_refused(answer: str) -> None:
    for said in (answer, json.dumps({"title": answer}), f'Sure! {{"title": "{answer}'):
        try:
            title = extract_title(said)
        except TitleRejected:
            continue
        assert Content(TITLED.text, title=title).title == title
        assert len(title) <= MAX_TITLE
        assert not [c for c in title if category(c) == "Cc"], "a control character"
        assert '{"title"' not in title, "what was broken off"


@fuzz
@given(QUERIES.filter(lambda text: bool(text.strip())))
def test_any_text_has_a_title_in_its_own_words_or_is_refused(text: str) -> None:
    try:
        title = asyncio.run(ExtractiveTitleWriter(WordEmbedder()).write(Content(text)))
    except (TitleRejected, TextRejected):
        return
    assert Content(text, title=title).title == title
    assert "\n" not in title


@fuzz
@given(data=st.dictionaries(TEXTS, JSON, max_size=4), number=st.none() | st.integers(0))
def test_whatever_an_event_holds_it_is_one_event_of_a_stream(
    data: dict[str, object], number: int | None
) -> None:
    """As the standard reads streams: lines end with CR, LF or both, an empty one ends the event."""
    text = event(data, id_=number)
    assert text.endswith("\n\n")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n\n").split("\n")
    assert all(line.partition(":")[0] in {"id", "data", "event"} for line in lines)
    [sent] = [line.removeprefix("data:") for line in lines if line.startswith("data:")]
    assert json.loads(sent) == data
