"""The storage fails under a running server: it says so clearly, and goes on when it is mended."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from memorizer.adapters.sqlite import connection
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.memories import Content
from support.memorizer import Memorizer
from support.server_process import ServerProcess, server_process
from support.waiting import HANG_SECONDS, wait_until

DATA = "data"
LITTLE = 16_384  # bytes
Cause = Callable[[ServerProcess, Path], AbstractContextManager[object]]


def write_limit(server: ServerProcess, _: Path) -> AbstractContextManager[None]:
    """No file of the process may grow any more, as with a quota."""
    return server.limited(resource.RLIMIT_FSIZE, LITTLE)


@contextmanager
def directory_moved_away(_: ServerProcess, disk: Path) -> Iterator[None]:
    (disk / DATA).rename(disk / "elsewhere")
    yield
    (disk / "elsewhere").rename(disk / DATA)


@contextmanager
def disk_full(_: ServerProcess, disk: Path) -> Iterator[None]:
    """Fill it to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (100_000, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    yield
    ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB, where we may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system; the write limit stands for it")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is opened: half a minute is long for a test."""
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 100)


@pytest.fixture
def opened() -> Iterator[list[apsw.Connection]]:
    """Every connection that is opened from here on."""
    connections: list[apsw.Connection] = []
    apsw.connection_hooks.append(connections.append)
    yield connections
    apsw.connection_hooks.remove(connections.append)


def as_somebody_with_limits() -> list[str]:
    """What to put in front of a command so that the modes of files hold for it."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to give that up")
    return ["setpriv", "--bounding-set", "-dac_override"]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        (write_limit, r"Reading or writing the disk failed\. Check the disk, and whether a quota"),
        (directory_moved_away, r"memorizer\.db was removed or replaced while it was in use"),
    ],
)
async def test_storing_is_refused_with_the_reason_and_goes_on_when_it_is_mended(
    tmp_path: Path, cause: Cause, message: str
) -> None:
    await _survives(tmp_path, cause, message)


async def test_a_full_disk_is_named_and_nothing_is_half_written(small_disk: Path) -> None:
    await _survives(small_disk, disk_full, r"The disk is full\. Free some space")


async def _survives(disk: Path, cause: Cause, message: str) -> None:
    data_dir = disk / DATA
    data_dir.mkdir()
    with server_process(data_dir, lease_seconds="3") as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as client:
            kept = [await _store(client, f"Before number {n}.") for n in range(3)]
            with cause(server, disk):
                await _is_refused(client, message)
                assert await _found(client) == 3, "what is there can still be read"
            kept.append(await _store(client, "After it was mended."))
            await wait_until(lambda: _ready(client), description="it is said to be mended")
            assert await _listed(client) == set(kept)
            await wait_until(lambda: _titled(client, kept), description="all jobs end")
        assert "a needed part is down" in server.warnings()
        assert not [entry for entry in server.log if "exception" in entry], "a traceback"
    _assert_sound(data_dir)


async def _is_refused(client: httpx.AsyncClient, message: str) -> None:
    text = "Too much. " * 10_000  # more than a file that may not grow has room for
    refused = await client.post("/api/memories", json={"text": text})
    assert refused.status_code == 503, refused.text
    problem = refused.json()
    assert problem["hint"]
    _assert_says(problem["message"], message)
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    [check] = [check for check in ready.json()["checks"] if check["part"] == "database"]
    assert not check["ok"]
    _assert_says(check["detail"], message)


def _assert_says(text: str, message: str) -> None:
    with pytest.raises(StorageUnavailable, match=message):
        raise StorageUnavailable(text)


async def _ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == httpx.codes.OK


async def _store(client: httpx.AsyncClient, text: str) -> str:
    stored = await client.post("/api/memories", json={"text": text})
    assert stored.status_code == 201, stored.text
    return str(stored.json()["id"])


async def _found(client: httpx.AsyncClient) -> int:
    found = await client.post("/api/search", json={"query": "before"})
    return int(found.json()["count"])


async def _listed(client: httpx.AsyncClient) -> set[str]:
    memories = (await client.get("/api/memories")).json()["memories"]
    return {memory["id"] for memory in memories}


async def _titled(client: httpx.AsyncClient, ids: list[str]) -> bool:
    memories = (await client.get("/api/memories")).json()["memories"]
    return all(memory["title"] for memory in memories) and len(memories) == len(ids)


def _assert_sound(data_dir: Path) -> None:
    with closing(apsw.Connection(str(data_dir / "memorizer.db"))) as database:
        assert database.pragma("integrity_check") == "ok"


async def test_a_directory_deleted_for_good_is_said_until_the_restart(tmp_path: Path) -> None:
    """What would be stored would be gone with the process, so nothing is acknowledged."""
    data_dir = tmp_path / DATA
    with server_process(data_dir) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as client:
            await _store(client, "Before.")
            while data_dir.exists():  # the server may be writing another file into it
                shutil.rmtree(data_dir, ignore_errors=True)
            await _is_refused(client, "was removed or replaced while it was in use")
    with server_process(data_dir) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as client:
            assert await _listed(client) == set()
            await _store(client, "A new beginning.")


def test_a_directory_that_cannot_be_written_is_named_at_the_start(tmp_path: Path) -> None:
    data_dir = tmp_path / DATA
    data_dir.mkdir()
    data_dir.chmod(0o555)
    start = [*as_somebody_with_limits(), sys.executable, "-m", "memorizer", "start", "--port", "0"]
    ended = subprocess.run(
        [*start, "--data-dir", str(data_dir)],
        capture_output=True, text=True, check=False, timeout=HANG_SECONDS,
    )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert f"You cannot write to the data directory {data_dir}." in ended.stderr
    assert "chmod u+rwx" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("hasty")
async def test_a_file_that_another_program_holds_is_called_locked_and_not_damaged(
    memorizer: Memorizer,
) -> None:
    services, path = memorizer.services, memorizer.settings.database_file
    await services.memories.create(Content("Before."), actor="test")
    with closing(apsw.Connection(str(path))) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="Another program holds the database locked"):
            await services.memories.create(Content("During."), actor="test")
        checks = {check.part: check for check in await services.health.checks()}
        assert not checks["database"].ok
        assert "Another program holds the database locked" in checks["database"].detail
        with pytest.raises(StorageUnavailable, match="Another program holds the database locked"):
            migrate_again(path)
        other.execute("ROLLBACK")
    await services.memories.create(Content("After."), actor="test")
    assert (await services.statistics.totals()).memories == 2


def migrate_again(path: Path) -> None:
    """As a second server does at its start, which finds an older schema."""
    database = connection.open_connection(path)
    with closing(database):
        try:
            with connection.write_transaction(database):
                pass
        except connection.STORAGE_ERRORS as error:
            raise connection.unavailable(error) from error


def hold_to(connections: list[apsw.Connection], pages: int) -> None:
    """Let the file grow by so many pages."""
    for each in connections:
        with suppress(apsw.ConnectionClosedError):
            each.pragma("max_page_count", each.pragma("page_count") + pages)


async def test_a_database_that_may_not_grow_keeps_what_it_has(
    opened: list[apsw.Connection], memorizer: Memorizer
) -> None:
    """A full disk for those who may not mount one: SQLite itself counts its pages."""
    services = memorizer.services
    await services.memories.create(Content("Before."), actor="test")
    hold_to(opened, 2)
    text = Content("Too much. " * 10_000)
    with pytest.raises(StorageUnavailable, match="The disk is full"):
        await services.memories.create(text, actor="test")
    figures = await services.statistics.totals()
    assert (figures.memories, figures.versions, figures.events) == (1, 1, 1)
    hold_to(opened, 2**20)
    await services.memories.create(text, actor="test")
    assert (await services.statistics.totals()).memories == 2


async def _exhausted(server: ServerProcess) -> list[dict[str, Any]]:
    event = "no more connections can be taken"
    return [entry for entry in server.log if entry["event"] == event]


async def test_without_file_descriptors_it_says_so_once_and_answers_when_they_are_free(
    tmp_path: Path,
) -> None:
    with server_process(tmp_path / DATA) as server:
        with server.limited(resource.RLIMIT_NOFILE, server.open_files()):
            async with httpx.AsyncClient(base_url=server.url, timeout=2) as client:
                with pytest.raises(httpx.TimeoutException):
                    await client.get("/healthz")
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as client:
            assert (await client.get("/healthz")).status_code == 200
            await _store(client, "After.")
        said = await wait_until(lambda: _exhausted(server), description="it is said")
        assert len(said) == 1
        assert len(server.warnings()) < 100, "it floods the log"
    assert "ulimit -n" in said[0]["error"]
