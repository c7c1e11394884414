"""The Python client in clients/python before a real server."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

import memorizer_client
from memorizer.services import Services
from memorizer_client import (
    AsyncMemorizer,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    Memorizer,
    MemorizerError,
    NewMemory,
    NotFound,
    Retries,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from support.memorizer import Memorizer as Product

AT_ONCE = Retries(attempts=3, first_delay=0)


@pytest.fixture
async def client(server: str) -> AsyncIterator[AsyncMemorizer]:
    async with AsyncMemorizer(server, retries=AT_ONCE) as client:
        yield client


class Losing(httpx.AsyncBaseTransport):
    """The network, which loses answers of the server or has others instead, one by one."""

    def __init__(self, *faults: Exception | httpx.Response) -> None:
        self.network = httpx.AsyncHTTPTransport()
        self.faults = list(faults)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, httpx.Response):
            return fault
        if isinstance(fault, httpx.ConnectError):
            raise fault
        response = await self.network.handle_async_request(request)
        if fault is not None:
            await response.aclose()
            raise fault
        return response

    async def aclose(self) -> None:
        await self.network.aclose()


Lossy = Callable[..., tuple[AsyncMemorizer, Losing]]


@pytest.fixture
async def lossy(server: str) -> AsyncIterator[Lossy]:
    opened: list[httpx.AsyncClient] = []

    def make(*faults: Exception | httpx.Response) -> tuple[AsyncMemorizer, Losing]:
        network = Losing(*faults)
        opened.append(httpx.AsyncClient(transport=network))
        return AsyncMemorizer(server, retries=AT_ONCE, http=opened[-1]), network

    yield make
    for http in opened:
        await http.aclose()


class TestMemories:
    async def test_a_memory_is_stored_read_changed_reverted_and_deleted(
        self, client: AsyncMemorizer
    ) -> None:
        stored = await client.memories.create(
            "We deploy on Tuesdays.", tags=["ops"], metadata={"ticket": "X-1", "n": 2}
        )
        assert (stored.version, stored.tags, stored.type) == (1, ["ops"], "note")
        assert stored.created_at.tzinfo is not None
        changed = await client.memories.update(
            stored.id, text="We deploy on Fridays.", expected_version=1
        )
        assert (changed.version, changed.metadata) == (2, {"ticket": "X-1", "n": 2})
        versions = [each async for each in client.memories.versions(stored.id)]
        assert [each.text for each in versions] == [changed.text, stored.text]
        back = await client.memories.revert(stored.id, 1)
        assert (back.version, back.text) == (3, stored.text)
        events = [each.type async for each in client.memories.events(stored.id)]
        assert events[-1] == "memory_created"
        archived = await client.memories.archive(stored.id)
        assert archived.archived_at is not None
        await client.memories.unarchive(stored.id)
        await client.memories.delete(stored.id)
        with pytest.raises(NotFound, match=stored.id):
            await client.memories.get(stored.id)
        assert [each.id async for each in client.trash.all()] == [stored.id]
        assert (await client.trash.restore(stored.id)).version == 3
        await client.memories.delete(stored.id)
        await client.trash.purge(stored.id)
        assert [each async for each in client.trash.all()] == []

    async def test_keys_are_paths_of_any_script(self, client: AsyncMemorizer) -> None:
        key = "Ä/b ü/a%b?c#d+e"
        first = await client.memories.put(key, "One.")
        assert (first.version, first.key) == (1, key)
        assert (await client.memories.put(key, "Two.")).version == 2
        assert (await client.memories.get_by_key(key)).text == "Two."
        with pytest.raises(Conflict) as taken:
            await client.memories.put(key, "Three.", only_create=True)
        assert taken.value.error == "Key taken"
        with pytest.raises(Conflict) as stale:
            await client.memories.put(key, "Three.", expected_version=1)
        assert (stale.value.status, stale.value.current_version) == (409, 2)
        await client.memories.delete_by_key(key, expected_version=2)
        with pytest.raises(NotFound):
            await client.memories.get_by_key(key)

    async def test_lists_are_iterated_page_by_page(self, client: AsyncMemorizer) -> None:
        many = [NewMemory(f"Tea {n}.", key=f"tea/{n}", metadata={"n": n}) for n in range(101)]
        outcomes = await client.memories.create_many(many)
        assert (outcomes.created, outcomes.failed) == (101, 0)
        assert len([each async for each in client.memories.all(key_prefix="tea/")]) == 101
        few = [each.key async for each in client.memories.all(metadata={"n.$gte": 99})]
        assert few == ["tea/100", "tea/99"]
        folder = await client.memories.page(key_prefix="", directly=True)
        assert [(each.prefix, each.count) for each in folder.folders] == [("tea/", 101)]
        again = await client.memories.create_many([NewMemory("Cold.", key="tea/0"), many[1]])
        assert (again.updated, again.unchanged) == (1, 1)

    async def test_conflicts_of_a_batch_are_outcomes(self, client: AsyncMemorizer) -> None:
        await client.memories.put("a", "A.")
        outcomes = await client.memories.create_many([NewMemory("B.", key="a", expected_version=0)])
        [outcome] = outcomes.results
        assert (outcome.outcome, outcome.memory) == ("failed", None)
        assert outcome.error is not None
        assert outcome.error.error == "Key taken"


class TestFinding:
    async def test_search_takes_conditions(self, client: AsyncMemorizer) -> None:
        await client.memories.put("a/1", "Green tea in the morning.", metadata={"n": 1})
        await client.memories.put("b/2", "Green tea in the evening.", metadata={"n": 2})
        answer = await client.search("green tea", metadata={"n": {"$gte": 2}})
        assert [hit.memory.key for hit in answer.results] == ["b/2"]
        answer = await client.search("green tea", key_prefix="a/")
        assert [hit.memory.key for hit in answer.results] == ["a/1"]
        assert answer.results[0].match in {"strong", "likely", "weak"}
        later = datetime.now(UTC) + timedelta(days=1)
        assert (await client.search("green tea", created_after=later)).results == []

    async def test_context(self, client: AsyncMemorizer) -> None:
        memory = await client.memories.create("Never deploy on Fridays.")
        await client.memories.update(memory.id, pinned=True)
        pack = await client.context()
        assert (pack.ids, pack.items[0].part) == ([memory.id], "pinned")
        assert "Never deploy" in pack.markdown

    async def test_workspaces_keep_things_apart(self, client: AsyncMemorizer) -> None:
        acme = await client.workspaces.create("Acme", description="A client.")
        await client.workspaces.create("Billing", parent="acme")
        within = client.within("acme/billing")
        stored = await within.memories.put("notes", "Invoices are due on Mondays.")
        await client.memories.put("notes", "Another one.")
        assert stored.workspace_id is not None
        assert (await within.memories.get_by_key("notes")).id == stored.id
        assert [each.id async for each in within.memories.all()] == [stored.id]
        assert [h.memory.id for h in (await within.search("invoices")).results] == [stored.id]
        listed = await client.workspaces.all()
        assert [each.path for each in listed] == ["acme", "acme/billing"]
        assert (await client.workspaces.get("acme/billing")).memories == 1
        renamed = await client.workspaces.update("acme", name="ACME")
        assert (renamed.id, renamed.name) == (acme.id, "ACME")
        with pytest.raises(Conflict, match="memor"):
            await client.workspaces.delete("acme/billing")


class TestStreams:
    async def test_a_job_is_watched_to_its_end(
        self, client: AsyncMemorizer, memorizer: Product
    ) -> None:
        await client.memories.create("Tea keeps best in a tin.")
        stored = await client.memories.create("A text without a title.")
        assert stored.title_job_id is not None
        watching = asyncio.create_task(client.jobs.wait(stored.title_job_id))
        await memorizer.start_worker()
        end = await watching
        assert (end.status, end.job_id) == ("completed", stored.title_job_id)
        seen = [each.is_final async for each in client.jobs.watch(stored.title_job_id)]
        assert (seen[-1], seen.count(True)) == (True, 1)
        job = await client.jobs.get(stored.title_job_id)
        assert (job.state, job.memory_id) == ("completed", stored.id)
        assert stored.title_job_id in {each.id for each in (await client.jobs.page()).jobs}
        with pytest.raises(Conflict):
            await client.jobs.cancel(job.id)

    async def test_changes_are_told(self, client: AsyncMemorizer) -> None:
        changes = client.changes()
        first = asyncio.ensure_future(anext(changes))
        while not first.done():
            await client.memories.create("Something.")
            await asyncio.wait({first}, timeout=0.05)
        assert "memories" in await first
        await changes.aclose()  # type: ignore[attr-defined]

    async def test_a_stream_goes_on_where_the_connection_broke(
        self, lossy: Lossy, memorizer: Product
    ) -> None:
        client, network = lossy()
        await memorizer.start_worker()
        stored = await client.memories.create("A text without a title.")
        network.faults = [httpx.ReadError("reset"), httpx.Response(502, text="<html>")]
        assert stored.title_job_id is not None
        assert (await client.jobs.wait(stored.title_job_id)).status == "completed"
        assert len(network.requests) == 4


class TestFailures:
    async def test_a_lost_answer_stores_nothing_twice(
        self, lossy: Lossy, services: Services
    ) -> None:
        client, network = lossy(httpx.ReadError("reset"), httpx.ReadTimeout("late"))
        stored = await client.memories.create("Once.")
        assert len(network.requests) == 3
        assert len({each.headers["Idempotency-Key"] for each in network.requests}) == 1
        assert [each.id async for each in client.memories.all()] == [stored.id]
        network.faults = [httpx.ReadError("reset")]
        await client.memories.delete(stored.id)
        assert [each async for each in client.memories.all()] == []

    async def test_what_expects_a_version_is_not_repeated(self, lossy: Lossy) -> None:
        client, network = lossy()
        stored = await client.memories.put("k", "One.")
        network.requests.clear()
        network.faults = [httpx.ReadError("reset")]
        with pytest.raises(ConnectionFailed, match="reset"):
            await client.memories.put("k", "Two.", expected_version=stored.version)
        assert len(network.requests) == 1
        network.faults = [httpx.ConnectError("refused")]
        again = await client.memories.put("k", "Three.", expected_version=2)
        assert again.version == 3

    async def test_refusals_are_repeated_as_the_server_wishes(self, lossy: Lossy) -> None:
        busy = {"error": "Too many requests", "message": "Wait a second.", "hint": "Be patient."}
        refused = [httpx.Response(429, json=busy, headers={"Retry-After": "0"}) for _ in range(3)]
        client, network = lossy(*refused[:2])
        await client.memories.create("Patience.")
        assert len(network.requests) == 3
        network.faults = list(refused)
        with pytest.raises(TooManyRequests, match=r"Wait a second\. Be patient\.") as error:
            await client.search("patience")
        assert (error.value.retry_after, error.value.hint) == (0, "Be patient.")

    async def test_errors_have_the_servers_words(self, client: AsyncMemorizer) -> None:
        with pytest.raises(InvalidRequest) as invalid:
            await client.memories.create("x", confidence=7)
        assert "confidence" in str(invalid.value)
        assert invalid.value.status == 422
        nobody = httpx.MockTransport(lambda _: httpx.Response(200, json={"hello": 1}))
        async with httpx.AsyncClient(transport=nobody) as http:
            with pytest.raises(MemorizerError, match="Is it Memorizer"):
                await AsyncMemorizer("http://localhost", http=http).memories.get("x")

    async def test_a_server_that_is_not_there(self) -> None:
        async with AsyncMemorizer("http://127.0.0.1:9", retries=AT_ONCE) as client:
            with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:9.*memorizer start"):
                await client.search("x")

    async def test_a_wrong_token(self, client: AsyncMemorizer, services: Services) -> None:
        async with AsyncMemorizer(str(client._url), token="x") as stranger:  # noqa: S106
            with pytest.raises(Unauthorized, match="token"):
                await stranger.search("x")

    async def test_what_is_down_says_how_to_repair_it(self, lossy: Lossy) -> None:
        body = {"error": "Unavailable", "message": "The queue is down.", "hint": "Start Redis."}
        client, network = lossy(*[httpx.Response(503, json=body) for _ in range(3)])
        with pytest.raises(Unavailable, match=r"The queue is down\. Start Redis\."):
            await client.jobs.page()
        assert len(network.requests) == 3


async def test_the_synchronous_client_does_the_same(server: str, memorizer: Product) -> None:
    await memorizer.start_worker()
    await asyncio.to_thread(_walk, server)


def _walk(server: str) -> None:
    with Memorizer(server, retries=AT_ONCE) as client:
        stored = client.memories.create("We deploy on Tuesdays.", key="ops/deploy")
        assert client.memories.get_by_key("ops/deploy").id == stored.id
        assert [each.id for each in client.memories.all()] == [stored.id]
        assert client.search("deploy").results[0].memory.id == stored.id
        assert client.context("when do we deploy our things").ids == [stored.id]
        assert stored.title_job_id is not None
        assert client.jobs.wait(stored.title_job_id).status == "completed"
        with pytest.raises(Conflict):
            client.memories.put("ops/deploy", "x", expected_version=7)
        with client.within("nowhere") as nowhere, pytest.raises(NotFound):
            nowhere.search("deploy")
        client.memories.delete_by_key("ops/deploy")


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("quickstart", "not overwritten: "),
        ("langgraph_store", "food: She eats no meat, but fish."),
        ("memory_tool", "     3\t- Type hints"),
    ],
)
async def test_the_examples_run(server: str, memorizer: Product, example: str, says: str) -> None:
    await memorizer.start_worker()
    folder = Path(memorizer_client.__file__).parents[4]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        folder / "examples" / "clients" / f"{example}.py",
        server,
        env=os.environ | {"PYTHONPATH": str(Path(memorizer_client.__file__).parents[1])},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert (process.returncode, says in said.decode()) == (0, True), said


def test_the_client_needs_nothing_of_the_server() -> None:
    folder = Path(memorizer_client.__file__).parents[1]
    program = (
        "import sys; import memorizer_client; "
        "names = ('memorizer', 'pydantic', 'langgraph', 'anthropic'); "
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, check=True
    )
    assert done.stdout.strip() == "[]", done.stderr
