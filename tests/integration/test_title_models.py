"""Titles by configured language models, from the setting to the memory's history."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from memorizer.adapters.model_files.store import ModelStore
from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.errors import Misconfigured, TextRejected, TitleRejected
from memorizer.domain.jobs import BulkProgress, Job, JobState
from memorizer.domain.memories import Content, MemoryEvent
from memorizer.domain.model_catalogue import TINYLLAMA
from memorizer.services import Services
from memorizer.services.health import CheckResult
from memorizer.settings import Settings
from memorizer.tasks.titles import GenerateTitle
from support import isolated_network
from support.embedders import WordEmbedder
from support.fresh_home import EVERYDAY_USE, FreshHome
from support.gguf import model_file, one_core
from support.memorizer import Memorizer
from support.titles import FirstWords
from support.waiting import wait_until
from support.web import Answer, Web, serving

TEXT = "The rabbit hopped across the field while the farmer grew carrots."
ACTOR = "test"

Open = Callable[..., AbstractAsyncContextManager[Container]]


@pytest.fixture
def opened(settings: Settings) -> Open:
    """Memorizer as it is configured, but for the embedding model; its worker runs."""

    @asynccontextmanager
    async def run(**changes: object) -> AsyncIterator[Container]:
        configured = settings.model_copy(update=changes)
        async with (
            open_services(configured, embedder=WordEmbedder()) as container,
            running(container.worker),
        ):
            yield container

    return run


@pytest.fixture
def useless_server() -> Iterator[Web]:
    """A model that has nothing to say."""
    reply = Answer.of({"choices": [{"message": {"content": '{"title": "Untitled"}'}}]})
    with serving(lambda _: reply) as web:
        yield web


async def titled(services: Services) -> tuple[Job, MemoryEvent]:
    """The ended job of a new memory, and the newest event."""
    stored = await services.memories.create(Content(TEXT), actor=ACTOR)

    async def final() -> Job | None:
        job = await services.jobs.get(stored.title_job_id or "")
        return job if job.is_final else None

    job = await wait_until(final, description="the title job ends")
    assert job is not None
    return job, (await services.history.events(stored.memory.id))[0]


async def test_a_gguf_model_writes_the_title(opened: Open) -> None:
    with one_core():
        async with opened(title_model=f"gguf:{model_file()}") as container:
            job, event = await titled(container.services)

    assert job.state is JobState.COMPLETED
    assert job.result is not None
    title = str(job.result["title"])
    assert job.result == {"title": title, "writer": "gguf"}
    assert 1 <= len(title) <= 80
    assert event.data == {"title": title, "writer": "gguf", "model": "gemma-3-270m-q4_k_m"}


async def test_an_openai_compatible_server_writes_the_title(opened: Open) -> None:
    reply = Answer.of({"choices": [{"message": {"content": '{"title": "Rabbit and carrots"}'}}]})
    with serving(lambda _: reply) as web:
        async with opened(title_model="openai:llama3.2", llm_base_url=web.url) as container:
            job, event = await titled(container.services)

    assert job.result == {"title": "Rabbit and carrots", "writer": "openai"}
    assert event.data["model"] == "llama3.2"


async def test_after_the_last_attempt_the_fallback_writes_the_title(
    opened: Open, useless_server: Web
) -> None:
    async with opened(title_model="openai:dull", llm_base_url=useless_server.url) as container:
        job, event = await titled(container.services)

    assert len(useless_server.asked) == 3
    assert job.state is JobState.COMPLETED
    assert job.result is not None
    assert job.result["writer"] == "extractive"
    assert job.result["fallbackReason"] == "The title model wrote something that says nothing."
    assert event.data == {
        "title": TEXT.rstrip("."),
        "writer": "extractive",
        "model": "words-64",
    }


async def test_without_a_fallback_the_job_fails_with_the_reason(
    opened: Open, useless_server: Web
) -> None:
    async with opened(
        title_model="openai:dull", llm_base_url=useless_server.url, title_fallback="none"
    ) as container:
        job, event = await titled(container.services)

    assert (job.state, job.attempts, job.result) == (JobState.FAILED, 3, None)
    assert "something that says nothing" in (job.error or "")
    assert event.type == "memory_created"


class Failing(FirstWords):
    """A writer that always fails in one way."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        raise self.error


async def no_report(progress: int, items: BulkProgress | None = None) -> None:
    """Nobody looks."""


def task_of(memorizer: Memorizer, error: Exception, fallback: FirstWords | None) -> GenerateTitle:
    [task] = [t for t in memorizer.container.worker.tasks if isinstance(t, GenerateTitle)]
    return replace(task, writer=Failing(error), fallback=fallback)


async def waiting_job(services: Services) -> Job:
    stored = await services.memories.create(Content(TEXT), actor=ACTOR)
    return await services.jobs.get(stored.title_job_id or "")


async def test_the_fallback_waits_for_the_last_attempt(memorizer: Memorizer) -> None:
    job, fallback = await waiting_job(memorizer.services), FirstWords()
    task = task_of(memorizer, TitleRejected("It wrote nothing."), fallback)
    for attempts in range(job.max_attempts - 1):
        with pytest.raises(TitleRejected):
            await task.run(replace(job, attempts=attempts), no_report)
    assert fallback.written == 0

    await task.run(replace(job, attempts=job.max_attempts - 1), no_report)

    assert fallback.written == 1


async def test_a_text_that_the_model_cannot_use_goes_to_the_fallback_at_once(
    memorizer: Memorizer,
) -> None:
    job, fallback = await waiting_job(memorizer.services), FirstWords()

    await task_of(memorizer, TextRejected("Too long."), fallback).run(job, no_report)

    assert fallback.written == 1
    with pytest.raises(TextRejected):
        await task_of(memorizer, TextRejected("Too long."), None).run(job, no_report)


async def title_check(container: Container) -> CheckResult:
    checks = await container.services.health.checks()
    return next(check for check in checks if check.part == "title model")


async def test_a_missing_model_is_named_by_the_health_checks(
    opened: Open, settings: Settings
) -> None:
    async with opened(title_model="gguf:tinyllama") as container:
        check = await title_check(container)
        path = ModelStore(settings.models_dir).path(TINYLLAMA, TINYLLAMA.files[0])

    assert not check.ok
    assert str(path) in check.detail
    assert "memorizer models pull tinyllama" in check.detail


async def test_a_model_in_the_store_is_found_by_its_name(opened: Open, settings: Settings) -> None:
    path = ModelStore(settings.models_dir).path(TINYLLAMA, TINYLLAMA.files[0])
    path.parent.mkdir(parents=True)
    path.symlink_to(model_file())
    async with opened(title_model="gguf:tinyllama") as container:
        check = await title_check(container)

    assert check.ok
    assert path.name in check.detail


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"title_model": "gguf:tinylama"}, "MEMORIZER_TITLE_MODEL.*no model 'tinylama'.*tinyllama"),
        ({"title_model": "openai:gpt"}, "set MEMORIZER_LLM_BASE_URL too"),
    ],
)
async def test_a_setting_that_cannot_work_is_refused_at_the_start(
    opened: Open, changes: dict[str, str], problem: str
) -> None:
    with pytest.raises(Misconfigured, match=problem):
        async with opened(**changes):
            pass


async def test_a_missing_extra_says_what_to_install(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memorizer.bootstrap.adapters.find_spec", lambda _: None)
    with pytest.raises(Misconfigured, match=r"pip install '\.\[llm\]'"):
        async with opened(title_model=f"gguf:{Path('some.gguf')}"):
            pass


@pytest.mark.skipif(not isolated_network.is_possible(), reason="needs Linux with user namespaces")
@pytest.mark.timeout(900)
def test_a_model_on_this_machine_speaks_to_nobody_elsewhere(tmp_path: Path) -> None:
    fresh = FreshHome(tmp_path)
    with one_core():
        model = f"gguf:{model_file()}"
        assert fresh.packets(*EVERYDAY_USE, MEMORIZER_TITLE_MODEL=model) == []

    assert fresh.files_elsewhere() == []
