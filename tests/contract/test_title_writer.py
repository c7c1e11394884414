"""What every writer of titles must do, said to ports.titles.TitleWriter alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from memorizer.adapters.titles import openai
from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.adapters.titles.llama import LlamaTitleWriter
from memorizer.adapters.titles.openai import OpenAiTitleWriter
from memorizer.domain.errors import TextRejected, TitleRejected
from memorizer.domain.memories import Content
from memorizer.ports.titles import TitleWriter
from support.embedders import WordEmbedder
from support.gguf import model_file, one_core
from support.titles import FirstWords
from support.waiting import HANG_SECONDS
from support.web import Answer, Asked, serving

Opened = AbstractAsyncContextManager[TitleWriter]
NOTE: Final = Content("The rabbit hopped across the field while the farmer grew carrots.")
CONTENTS: Final = (
    NOTE,
    Content("Kaffee und Kuchen im Büro, heute um vier.", tags=("büro", "東京")),
    Content("会議は月曜日の午後三時に始まります。資料を忘れないでください。"),
    Content("Встреча переносится на четверг, потому что зал занят."),
    Content("# Heading\r\n\r\n* one\r\n* two\r\n\r\n```\ncode()\n```\n"),
    Content("word " * 3_000),
)


@asynccontextmanager
async def extractive(_: Path) -> AsyncIterator[TitleWriter]:
    yield ExtractiveTitleWriter(WordEmbedder())


@asynccontextmanager
async def gguf(_: Path) -> AsyncIterator[TitleWriter]:
    with one_core():
        writer = LlamaTitleWriter(
            model_file(), remedy="Do this.", timeout_seconds=HANG_SECONDS, idle_seconds=HANG_SECONDS
        )
        yield writer
        await writer.close()


def answered(asked: Asked) -> Answer:
    """As a chatty model does: quotes, a full stop, several lines."""
    if asked.method == "GET":
        return Answer.of({"data": []})
    title = asked.json["messages"][-1]["content"].split("> ")[1].split("\n")[0][:60] or "Untitled"
    content = json.dumps({"title": f'"{title}."\n'})
    return Answer.of({"choices": [{"message": {"role": "assistant", "content": content}}]})


@asynccontextmanager
async def server(_: Path) -> AsyncIterator[TitleWriter]:
    with serving(answered) as web:
        writer = OpenAiTitleWriter(f"{web.url}/v1", "model", timeout_seconds=HANG_SECONDS)
        yield writer
        await writer.close()


@asynccontextmanager
async def of_tests(_: Path) -> AsyncIterator[TitleWriter]:
    """The double keeps the same promises, else tests on it would prove little."""
    yield FirstWords()


WRITERS: Final[dict[str, Callable[[Path], Opened]]] = {
    "extractive": extractive,
    "gguf": gguf,
    "openai": server,
    "first-words": of_tests,
}


@pytest.fixture(params=WRITERS)
async def writer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TitleWriter]:
    monkeypatch.setattr(openai, "_CHECK_TIMEOUT_SECONDS", HANG_SECONDS)
    async with WRITERS[request.param](tmp_path) as writer:
        assert writer.name == request.param
        yield writer


async def test_a_title_is_one_line_of_1_to_80_characters(writer: TitleWriter) -> None:
    for content in CONTENTS:
        with suppress(TitleRejected):  # a model may have nothing to say
            title = await writer.write(content)
            assert 1 <= len(title) <= 80
            assert title == " ".join(title.split())


async def test_it_says_where_it_stands(writer: TitleWriter) -> None:
    said = await writer.check()
    assert writer.name in said
    assert "\n" not in said
    assert writer.model.strip()


async def test_many_at_once_each_get_a_title(writer: TitleWriter) -> None:
    titles = await asyncio.gather(*(writer.write(NOTE) for _ in range(5)))
    assert all(titles)


async def test_who_gives_up_spoils_nothing(writer: TitleWriter) -> None:
    gone = asyncio.ensure_future(writer.write(NOTE))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert await writer.write(NOTE)


@pytest.mark.parametrize("writer", ["extractive", "gguf", "openai"], indirect=True)
async def test_a_text_without_a_word_is_refused_or_titled(writer: TitleWriter) -> None:
    """It never ends otherwise: the job says what became of it."""
    with suppress(TextRejected, TitleRejected):
        assert await writer.write(Content("… — !?"))
