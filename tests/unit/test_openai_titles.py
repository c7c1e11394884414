"""Titles by an OpenAI-compatible server: a real one, which behaves as servers do on bad days."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from memorizer.adapters import openai_api
from memorizer.adapters.titles import openai
from memorizer.adapters.titles.openai import OpenAiTitleWriter
from memorizer.domain.errors import TextRejected, TitleRejected, TitleWriterUnavailable
from memorizer.domain.memories import Content
from support.waiting import HANG_SECONDS
from support.web import Answer, Asked, Web, serving

NOTE = Content("We deploy on Thursdays.", tags=("release",))
KEY = "sk-very-secret"


def said(content: object) -> Answer:
    return Answer.of({"choices": [{"message": {"role": "assistant", "content": content}}]})


def failing(status: int, message: str = "no", **headers: str) -> Answer:
    return Answer.of({"error": {"message": message}}, status, **headers)


GOOD = said('{"title": "Deploys on Thursdays"}')


@dataclass
class Model:
    """Gives the answers in turn, then a good one."""

    answers: list[Answer | Callable[[Asked], Answer]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        answer = self.answers.pop(0) if self.answers else GOOD
        return answer if isinstance(answer, Answer) else answer(asked)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def web(model: Model) -> Iterator[Web]:
    with serving(model) as web:
        yield web


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_api, "FIRST_WAIT_MS", 1)
    monkeypatch.setattr(openai, "_CHECK_TIMEOUT_SECONDS", HANG_SECONDS)


@asynccontextmanager
async def writer_at(url: str, *, seconds: float = HANG_SECONDS) -> AsyncIterator[OpenAiTitleWriter]:
    writer = OpenAiTitleWriter(f"{url}/v1/", "llama3.2", key=KEY, timeout_seconds=seconds)
    yield writer
    await writer.close()


@pytest.fixture
async def writer(web: Web) -> AsyncIterator[OpenAiTitleWriter]:
    async with writer_at(web.url) as writer:
        yield writer


async def test_the_model_is_asked_for_json_by_a_schema(writer: OpenAiTitleWriter, web: Web) -> None:
    assert await writer.write(NOTE) == "Deploys on Thursdays"

    [asked] = web.asked
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.json["model"] == "llama3.2"
    assert asked.json["temperature"] < 0.5
    schema = asked.json["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["title"]["maxLength"] == 80
    assert "> We deploy on Thursdays." in asked.json["messages"][-1]["content"]


async def test_without_a_key_none_is_sent(web: Web) -> None:
    writer = OpenAiTitleWriter(web.url, "llama3.2")
    await writer.write(NOTE)
    await writer.close()

    assert "Authorization" not in web.asked[0].headers


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
async def test_an_overloaded_server_is_asked_again(
    writer: OpenAiTitleWriter, model: Model, web: Web, status: int
) -> None:
    model.answers = [failing(status), failing(status)]

    assert await writer.write(NOTE) == "Deploys on Thursdays"
    assert len(web.asked) == 3


async def test_a_broken_connection_is_tried_again(writer: OpenAiTitleWriter, model: Model) -> None:
    model.answers = [Answer(200, GOOD.body, breaks_after=10)]

    assert await writer.write(NOTE) == "Deploys on Thursdays"


async def test_the_server_says_how_long_to_wait(
    writer: OpenAiTitleWriter, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_api, "FIRST_WAIT_MS", 3_600_000)  # would be too long
    model.answers = [failing(429, Retry_After="0")]
    assert await writer.write(NOTE) == "Deploys on Thursdays"

    past = datetime.now(UTC) - timedelta(minutes=1)
    model.answers = [failing(503, Retry_After=format_datetime(past, usegmt=True))]
    assert await writer.write(NOTE) == "Deploys on Thursdays"


@pytest.mark.parametrize("wait", ["3600", "Fri, 01 Jan 2100 00:00:00 GMT"])
async def test_a_wait_beyond_the_deadline_is_not_waited(
    writer: OpenAiTitleWriter, model: Model, web: Web, wait: str
) -> None:
    model.answers = [failing(429, "slow down", Retry_After=wait)]
    with pytest.raises(TitleWriterUnavailable, match="429 slow down"):
        await writer.write(NOTE)
    assert len(web.asked) == 1


@pytest.mark.parametrize("status", [400, 500])
async def test_an_error_does_not_quote_the_memory(
    writer: OpenAiTitleWriter, model: Model, status: int
) -> None:
    model.answers = [failing(status, f"cannot read {NOTE.text[3:40]!r}")] * 99
    with pytest.raises((TextRejected, TitleWriterUnavailable)) as failed:
        await writer.write(NOTE)
    assert NOTE.text[3:20] not in str(failed.value)
    assert f"{status} " in str(failed.value)


async def test_a_server_that_stays_broken_is_given_up(
    writer: OpenAiTitleWriter, model: Model, web: Web
) -> None:
    model.answers = [failing(500, "out of memory")] * 99
    with pytest.raises(TitleWriterUnavailable, match="500 out of memory"):
        await writer.write(NOTE)
    assert len(web.asked) == openai_api.MAX_RETRIES + 1


async def test_a_server_that_hangs_has_a_deadline(web: Web, model: Model) -> None:
    def hang(_: Asked) -> Answer:
        web.over.wait(HANG_SECONDS)
        return GOOD

    model.answers = [hang]
    async with writer_at(web.url, seconds=0.1) as writer:
        with pytest.raises(TitleWriterUnavailable, match=r"did not answer within 0\.1 s"):
            await writer.write(NOTE)


async def test_no_server_at_all_is_said() -> None:
    async with writer_at("http://user:pass@127.0.0.1:1") as alone:
        with pytest.raises(TitleWriterUnavailable, match="Is the server running") as failed:
            await alone.write(NOTE)
        assert "pass" not in str(failed.value)
        with pytest.raises(TitleWriterUnavailable):
            await alone.check()


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "API key"), (403, "API key"), (404, "base URL"), (405, "/v1")]
)
async def test_what_no_retry_can_mend_says_what_to_check(
    writer: OpenAiTitleWriter, model: Model, web: Web, status: int, advice: str
) -> None:
    model.answers = [failing(status, f"wrong key {KEY}")]
    with pytest.raises(TitleWriterUnavailable, match=advice) as failed:
        await writer.write(NOTE)
    assert KEY not in str(failed.value)
    assert len(web.asked) == 1


async def test_a_server_without_schemas_is_asked_in_a_plainer_way(
    writer: OpenAiTitleWriter, model: Model, web: Web
) -> None:
    def plain(asked: Asked) -> Answer:
        return failing(400, "unknown field") if "response_format" in asked.json else GOOD

    model.answers = [plain] * 99
    assert await writer.write(NOTE) == "Deploys on Thursdays"
    asked_before = len(web.asked)
    assert await writer.write(NOTE) == "Deploys on Thursdays"
    assert len(web.asked) == asked_before + 1  # it remembers


async def test_a_reasoning_model_keeps_the_schema(
    writer: OpenAiTitleWriter, model: Model, web: Web
) -> None:
    def reasoning(asked: Asked) -> Answer:
        return failing(400, "no temperature") if "temperature" in asked.json else GOOD

    model.answers = [reasoning] * 99
    await writer.write(NOTE)
    assert "response_format" in web.asked[-1].json


async def test_a_text_that_is_refused_however_it_is_asked_fails_for_good(
    writer: OpenAiTitleWriter, model: Model
) -> None:
    model.answers = [failing(400, "too long")] * 99
    with pytest.raises(TextRejected, match="too long"):
        await writer.write(NOTE)

    model.answers = [failing(413, "too large")]
    with pytest.raises(TextRejected, match="too large"):
        await writer.write(NOTE)


@pytest.mark.parametrize(
    "reply", [Answer(200, b"<html>"), Answer.of([]), Answer(302, headers={"Location": "/login"})]
)
async def test_another_kind_of_server_is_noticed(
    writer: OpenAiTitleWriter, model: Model, reply: Answer
) -> None:
    model.answers = [reply]
    with pytest.raises(TitleWriterUnavailable, match="OpenAI-compatible"):
        await writer.write(NOTE)


@pytest.mark.parametrize("reply", [{}, {"choices": []}, {"choices": [{"message": None}]}])
async def test_a_reply_without_an_answer_is_no_title(
    writer: OpenAiTitleWriter, model: Model, reply: Any
) -> None:
    model.answers = [Answer.of(reply)]
    with pytest.raises(TitleRejected):
        await writer.write(NOTE)


@pytest.mark.parametrize("content", ["Untitled", "{", None])
async def test_an_answer_that_says_nothing_is_no_title(
    writer: OpenAiTitleWriter, model: Model, content: object
) -> None:
    model.answers = [said(content)]
    with pytest.raises(TitleRejected):
        await writer.write(NOTE)


async def test_cancelling_gives_up_the_request(
    writer: OpenAiTitleWriter, model: Model, web: Web
) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(_: Asked) -> Answer:
        loop.call_soon_threadsafe(begun.set)
        web.over.wait(HANG_SECONDS)
        return GOOD

    model.answers = [hang]
    writing = asyncio.create_task(writer.write(NOTE))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing


@pytest.mark.parametrize("answer", [Answer.of({"data": []}), failing(404)])
async def test_a_check_asks_for_little(
    writer: OpenAiTitleWriter, model: Model, web: Web, answer: Answer
) -> None:
    model.answers = [answer]
    assert await writer.check() == f"openai, llama3.2 at {web.url}/v1"
    assert (web.asked[0].method, web.asked[0].path) == ("GET", "/v1/models")


@pytest.mark.parametrize("status", [401, 500])
async def test_a_check_finds_a_wrong_key_and_a_broken_server(
    writer: OpenAiTitleWriter, model: Model, status: int
) -> None:
    model.answers = [failing(status)]
    with pytest.raises(TitleWriterUnavailable, match=str(status)):
        await writer.check()
