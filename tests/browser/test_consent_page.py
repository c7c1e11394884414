"""A person logs in and allows a program on this machine, in a real browser and by its policies."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from memorizer.bootstrap import open_services
from memorizer.domain.auth import Scope
from memorizer.settings import Settings
from support.oauth import challenge_of
from support.server_process import server_process
from support.tls_proxy import certificate, tls_proxy


@dataclass
class Program:
    """Waits at a loopback address for the answer."""

    address: str = ""
    answers: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            program.answers.append(parse_qs(urlsplit(self.path).query))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    program.address = f"http://127.0.0.1:{server.server_port}/callback"
    yield program
    server.shutdown()
    thread.join()
    server.server_close()


async def _prepared(settings: Settings) -> str:
    async with open_services(settings) as container:
        await container.services.workspaces.create("acme", actor="test")
        return (await container.services.auth.create("mine", Scope.WRITE))[1]


def _run(settings: Settings) -> str:
    """In a thread: the browser keeps an event loop in this one."""
    made: list[str] = []
    thread = Thread(target=lambda: made.append(asyncio.run(_prepared(settings))))
    thread.start()
    thread.join()
    return made[0]


def test_a_person_allows_a_program_on_this_machine(
    browser: Browser, program: Program, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    token, trusted = _run(settings), certificate(tmp_path)
    with (
        tls_proxy(trusted) as (url, forward_to),
        server_process(settings.data_dir, public_url=url, worker="false") as server,
    ):
        forward_to(urlsplit(server.url).port or 0)
        body = {"redirect_uris": [program.address], "client_name": "Test"}
        client = httpx.post(f"{url}/register", json=body, verify=trusted.client_context()).json()
        asked = {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": program.address,
            "code_challenge": challenge_of("x" * 50),
            "code_challenge_method": "S256",
        }
        with browser.new_context(ignore_https_errors=True) as context:
            page, said = context.new_page(), list[str]()
            page.on("console", lambda message: said.append(message.text))
            page.goto(f"{url}/authorize?{urlencode(asked)}")
            expect(page.get_by_text("on the computer of whoever opens")).to_be_visible()
            page.get_by_label("Your Memorizer token").fill(token)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("combobox").select_option("acme")
            page.get_by_role("button", name="Allow").click()
            page.wait_for_url(f"{program.address}?**")
            assert said == []  # no policy was violated
            assert context.cookies(f"{url}/authorize") == []
    assert program.answers[0]["code"]
    assert program.answers[0]["iss"] == [url]
