"""Memorizer with an embedding model on another server: what goes where, and what if it fails."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from structlog.testing import capture_logs

from memorizer.bootstrap import lifespan, open_services, running
from memorizer.domain.errors import Misconfigured
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import Content, EmbeddingStatus
from memorizer.domain.search import Query
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedding_server import EmbeddingServer, embedding_server, refusing, saying
from support.waiting import wait_until

KEY = "sk-of-the-first-server"


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding_server() as server:
        yield server


def settings_of(tmp_path: Path, url: str, model: str = "m", key: str | None = None) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        embedding_model=f"openai:{model}",
        embedding_base_url=url,
        embedding_api_key=None if key is None else SecretStr(key),
        worker=False,
    )


async def store(services: Services, text: str) -> EmbeddingStatus:
    stored = await services.memories.create(Content(text, title="T"), actor="test")
    return stored.memory.embedding_status


async def test_memories_are_stored_and_found_through_it(
    tmp_path: Path, server: EmbeddingServer
) -> None:
    async with open_services(settings_of(tmp_path, server.url, key=KEY)) as memorizer:
        assert await store(memorizer.services, "tea") is EmbeddingStatus.READY
        for _ in range(3):
            answer = await memorizer.services.search.search(Query("tea"))
            assert (answer.hits[0].memory.content.text, answer.degraded) == ("tea", None)
        hits = memorizer.metrics.get_sample_value(
            "memorizer_query_embeddings_total", {"result": "hit"}
        )
    # of the memory, the query (remembered afterwards), and the scale of the model's cosines
    assert len(server.inputs) == 3
    assert hits == 2
    assert set(server.keys) == {f"Bearer {KEY}"}


async def test_its_failure_keeps_nobody_from_storing_and_searching(
    tmp_path: Path, server: EmbeddingServer
) -> None:
    async with open_services(settings_of(tmp_path, server.url)) as memorizer:
        await store(memorizer.services, "first")
        server.replies += [refusing(401, "no"), refusing(401, "no")]
        assert await store(memorizer.services, "second") is EmbeddingStatus.PENDING
        answer = await memorizer.services.search.search(Query("second"))
        assert answer.hits[0].memory.content.text == "second"
        assert "Check the API key" in (answer.degraded or "")


async def test_vectors_of_another_length_are_never_mixed_in(
    tmp_path: Path, server: EmbeddingServer
) -> None:
    def wide(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"index": entry["index"], "embedding": [1.0, 2.0]} for entry in data]

    settings = settings_of(tmp_path, server.url)
    async with open_services(settings) as memorizer:
        await store(memorizer.services, "tea")
    # started again, the server has another model under the same name
    server.replies += [saying(wide)] * 4
    async with open_services(settings) as memorizer, running(memorizer.worker):
        services = memorizer.services
        stored = await services.memories.create(Content("rain", title="T"), actor="test")
        assert stored.memory.embedding_status is EmbeddingStatus.PENDING
        answer = await services.search.search(Query("rain"))
        assert "makes vectors of another length" in (answer.degraded or "")

        async def failed() -> bool:
            jobs, _ = await services.jobs.page(state=JobState.FAILED)
            return bool(jobs) and "now makes vectors of 2 dimensions" in (jobs[0].error or "")

        await wait_until(failed, description="the job that embeds it fails for good")


async def test_a_key_is_never_given_to_the_old_server(
    tmp_path: Path, server: EmbeddingServer
) -> None:
    async with open_services(settings_of(tmp_path, server.url, key="sk-old")) as memorizer:
        await store(memorizer.services, "tea")
    async with (
        embedding_server() as second,
        open_services(settings_of(tmp_path, second.url, model="n", key=KEY)) as memorizer,
    ):
        answer = await memorizer.services.search.search(Query("tea"))
        assert len(answer.hits[0].legs) == 3  # the old server still answers
        assert second.inputs == []
    assert server.keys[-1] == ""


@pytest.mark.parametrize("key", ["sk-schlüssel", "sk-two\nlines", "sk-\x00"])
async def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(
    tmp_path: Path, server: EmbeddingServer, key: str
) -> None:
    with pytest.raises(Misconfigured, match="MEMORIZER_EMBEDDING_API_KEY has") as caught:
        async with open_services(settings_of(tmp_path, server.url, key=key)):
            pass
    assert "sk-" not in str(caught.value)


async def test_a_password_in_the_address_is_not_stored(
    tmp_path: Path, server: EmbeddingServer
) -> None:
    url = server.url.replace("http://", "http://me:pa55word@")
    async with open_services(settings_of(tmp_path, url)) as memorizer:
        await store(memorizer.services, "tea")
        model = await memorizer.adapters.database.read(lambda tx: tx.models.active())
    assert model is not None
    assert model.spec == f"openai:m@{server.url}"


async def test_a_change_is_told_at_the_start_and_by_the_api(
    tmp_path: Path, server: EmbeddingServer
) -> None:
    async with open_services(Settings(data_dir=tmp_path / "data")) as memorizer:
        await store(memorizer.services, "tea")
    app = create_app()
    with capture_logs() as logs:
        async with lifespan(settings_of(tmp_path, server.url))(app):
            services: Services = state_of(app).services
            mismatch = (await services.statistics.totals()).mismatch
    assert mismatch is not None
    assert [entry["problem"] for entry in logs if entry["log_level"] == "warning"] == [mismatch]


async def test_the_api_shows_the_mismatch(
    client: httpx.AsyncClient, app: FastAPI, tmp_path: Path, server: EmbeddingServer
) -> None:
    async with open_services(Settings(data_dir=tmp_path / "other")) as memorizer:
        await store(memorizer.services, "tea")
        state_of(app).services = memorizer.services
        stats = (await client.get("/api/stats")).json()
        name = "all-MiniLM-L6-v2-int8"
        assert stats["embedding"] == {"configuredModel": name, "activeModel": name}
    changed = settings_of(tmp_path, server.url).model_copy(update={"data_dir": tmp_path / "other"})
    async with open_services(changed) as memorizer:
        state_of(app).services = memorizer.services
        stats = (await client.get("/api/stats")).json()
        assert stats["embedding"]["configuredModel"] == "m"
        assert "but m is configured" in stats["embedding"]["mismatch"]
        ready = (await client.get("/readyz")).json()
        assert ready["status"] == "degraded"
        [failing] = [check for check in ready["checks"] if check["part"] == "embeddings"]
        assert not failing["ok"]
        assert failing["part"] == "embeddings"
        assert failing["detail"] == stats["embedding"]["mismatch"]
