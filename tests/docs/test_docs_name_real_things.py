"""What the documentation names exists, and what exists is documented."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from tools import reference_pages

from memorizer.cli.config import CLIENT_VARIABLES
from memorizer.cli.main import application
from memorizer.http.app import create_app, openapi_text
from memorizer.http.app_state import state_of
from memorizer.settings import PREFIX, Settings, variable
from support.memorizer import Memorizer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CLIENT = ROOT / "clients" / "python" / "src" / "memorizer_client" / "_async_client.py"
CODE = re.compile(r"```.*?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s$/(])memorizer((?: +[^\s|&;`)]+)*)", re.MULTILINE)
VARIABLE = re.compile(rf"{PREFIX}[A-Z_]+\b")
ROUTE = re.compile(r"/(?:api/[\w{}$/.:-]+|healthz|readyz|metrics)\b[\w{}$/]*")
METRIC_TYPE = re.compile(r"^# TYPE (memorizer_\w+)(?<!_created) ", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_commands_and_their_options_exist(page: Path) -> None:
    commands = _commands()
    for words in _commands_named_in(page):
        path = max((path for path in commands if tuple(words[: len(path)]) == path), key=len)
        is_group = any(other[:-1] == path for other in commands if other)
        assert not (is_group and _begins_bare(words[len(path) :])), " ".join(words)
        options = {word.split("=")[0] for word in words if re.match("-+[a-z]", word)}
        assert options <= commands[path], " ".join(words)


@every_page
def test_variables_exist(page: Path) -> None:
    known = {variable(name) for name in Settings.model_fields} | _variables_of_tests()
    known.update(CLIENT_VARIABLES)
    known |= set(VARIABLE.findall(CLIENT.read_text()))

    assert set(VARIABLE.findall(page.read_text())) <= known


@every_page
def test_routes_exist(page: Path) -> None:
    for route in ROUTE.findall("\n".join(_code_of(page))):
        asked = route.rstrip("/.:")
        assert any(re.fullmatch(path, asked) for path in _routes()), route


@pytest.mark.parametrize(("name", "text"), reference_pages.pages().items())
def test_the_generated_pages_are_fresh(name: str, text: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text()

    assert committed == text, "run `make docs`"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    for name in Settings.model_fields:
        assert f"`{variable(name)}`" in page


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text()
    for path, options in _commands().items():
        assert f"`memorizer {' '.join(path)}".rstrip() in page
        assert all(option in page for option in options)


async def test_the_metrics_page_lists_exactly_what_is_measured(memorizer: Memorizer) -> None:
    application = create_app()
    state_of(application).services = memorizer.services
    state_of(application).metrics_registry = memorizer.container.metrics
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        reply = await client.get("/metrics")

    page = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    measured = set(METRIC_TYPE.findall(reply.text))
    assert set(re.findall(r"^\| `(memorizer_\w+)`", page, re.MULTILINE)) == measured


def _code_of(page: Path) -> Iterator[str]:
    for block, span in CODE.findall(page.read_text()):
        yield block or span


def _commands_named_in(page: Path) -> Iterator[list[str]]:
    """The words after each `memorizer` that starts a command in code."""
    for code in _code_of(page):
        for found in COMMAND.finditer(code):
            yield found[1].split()


def _begins_bare(words: list[str]) -> bool:
    """Whether the first word looks like a command, not like an option or a placeholder."""
    return bool(words) and re.fullmatch(r"[a-z][a-z-]*", words[0]) is not None


@cache  # an application is built in a second, and there are many pages
def _routes() -> list[str]:
    paths = [path.replace("{key}", ".+") for path in json.loads(openapi_text())["paths"]]
    return [re.sub(r"{\w+}", "[^/]+", path) for path in paths]


@cache
def _commands() -> dict[tuple[str, ...], set[str]]:
    """The options of each command, by the words that call it."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        names = {name for parameter in command.params for name in parameter.opts}
        found[path] = {name for name in names if name.startswith("-")} | {"--help", "-h"}
        for name, child in getattr(command, "commands", {}).items():
            walk(child, (*path, name))

    walk(typer.main.get_command(application()), ())
    return found


@cache
def _variables_of_tests() -> set[str]:
    texts = (path.read_text() for path in (ROOT / "tests").rglob("*.py") if path.is_file())
    return {name for text in texts for name in VARIABLE.findall(text) if "_TEST_" in name}
