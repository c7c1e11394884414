"""Titles: who stores a memory need not name it; its own best phrase does."""

import asyncio
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.adapters.titles.openai import OpenAiTitleWriter
from memorizer.domain.errors import TextRejected, TitleRejected
from memorizer.domain.memories import Content
from support.web import Answer, serving


@pytest.fixture(scope="module")
def writer() -> Iterator[ExtractiveTitleWriter]:
    """Titles without a language model: the embedding model tells which phrase fits best."""
    embedder = BundledEmbedder(PrometheusTelemetry(CollectorRegistry()))
    yield ExtractiveTitleWriter(embedder)
    asyncio.run(embedder.close())


async def test_a_heading_is_the_title(writer: ExtractiveTitleWriter) -> None:
    text = "Some words first.\n\n# How to restore a backup\n\nStop the service, then copy the file."
    assert await writer.write(Content(text)) == "How to restore a backup"


async def test_else_the_phrase_closest_to_the_whole_text_is(writer: ExtractiveTitleWriter) -> None:
    text = (
        "I spent the whole day debugging. The crash in the importer came from an empty CSV header. "
        "Empty headers are now rejected with a clear message."
    )
    title = await writer.write(Content(text))
    assert title == "The crash in the importer came from an empty CSV header"


async def test_a_title_has_no_label_no_marks_and_no_full_stop(
    writer: ExtractiveTitleWriter,
) -> None:
    text = "TODO: **renew** the [certificate](https://ca.example) of `api.example.org`!"
    assert await writer.write(Content(text)) == "Renew the certificate of api.example.org"


async def test_a_long_sentence_is_cut_where_a_part_of_it_ends(
    writer: ExtractiveTitleWriter,
) -> None:
    text = (
        "Machine learning is a subset of artificial intelligence that builds systems which learn "
        "from data and get better over time without being programmed to."
    )
    title = await writer.write(Content(text))
    assert title == "Machine learning is a subset of artificial intelligence"


async def test_a_title_is_in_the_language_of_the_text(writer: ExtractiveTitleWriter) -> None:
    assert (
        await writer.write(Content("缓存的有效期是五分钟。太长会显示旧结果。"))
        == "缓存的有效期是五分钟"
    )


async def test_code_is_named_by_what_it_defines(writer: ExtractiveTitleWriter) -> None:
    assert await writer.write(Content("class Lease:\n    seconds = 30\n")) == "class Lease"


async def test_a_text_that_says_nothing_gets_no_invented_title(
    writer: ExtractiveTitleWriter,
) -> None:
    with pytest.raises(TextRejected):
        await writer.write(Content("... ?!"))


async def asked_of_a_model_that_says(words: str) -> str:
    """The title that a language model on some server writes."""
    reply = Answer.of({"choices": [{"message": {"content": words}}]})
    with serving(lambda _: reply) as web:
        writer = OpenAiTitleWriter(web.url, "any-model")
        try:
            return await writer.write(Content("We deploy on Thursdays, never on Fridays."))
        finally:
            await writer.close()


async def test_a_language_model_can_write_the_title() -> None:
    title = await asked_of_a_model_that_says('{"title": "Deploys happen on Thursdays"}')
    assert title == "Deploys happen on Thursdays"


async def test_an_answer_that_says_nothing_is_a_failure_and_never_a_title() -> None:
    with pytest.raises(TitleRejected):
        await asked_of_a_model_that_says('{"title": "Untitled note"}')
