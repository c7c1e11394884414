"""The plugins are what the program is: its hooks, its commands, its version."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import typer
from tools.plugins import MANIFESTS, MCP_FILES, SKILL, plugin_files

from memorizer import __version__
from memorizer.cli import hook
from memorizer.cli.main import application

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
SERVER: dict[str, Any] = {
    "type": "object",
    "required": ["$schema", "name", "description", "version"],
    "properties": {
        "name": {"pattern": "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "maxLength": 200},
        "title": {"type": "string", "maxLength": 100},
        "description": {"type": "string", "minLength": 1, "maxLength": 100},
        "version": {"const": __version__},
        "packages": {
            "items": {
                "required": ["registryType", "identifier", "version", "transport"],
                "properties": {"version": {"const": __version__}},
            }
        },
    },
}
"""What the published schema (2025-12-11) says of the fields that we use."""


def read(path: str) -> Any:
    return json.loads((PLUGINS / path).read_text(encoding="utf-8"))


def test_every_file_is_fresh_and_no_other_is_there() -> None:
    files = dict(plugin_files())
    for file, text in files.items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: run `make plugins`"
    assert {file for file in PLUGINS.rglob("*") if file.is_file()} <= files.keys()


@pytest.mark.parametrize("client", MANIFESTS)
def test_a_plugin_has_the_hooks_that_the_program_knows(client: str) -> None:
    text = (PLUGINS / client / "hooks" / "hooks.json").read_text(encoding="utf-8")
    commands = [shlex.split(each) for each in re.findall(r'"command": "(memorizer [^"]+)"', text)]
    parsed = [hook.parse(words[2:]) for words in commands]
    assert {each.event for each in parsed if each} == set(hook.EVENT_NAMES[client])
    assert {each.client for each in parsed if each} == {client}
    assert set(json.loads(text)["hooks"]) == set(hook.EVENT_NAMES[client].values())


@pytest.mark.parametrize("client", MANIFESTS)
def test_a_plugin_starts_our_mcp_server(client: str) -> None:
    manifest = read(f"{client}/{MANIFESTS[client][0]}")
    servers = read(f"{client}/{MCP_FILES[client]}") if client in MCP_FILES else manifest
    assert servers["mcpServers"] == {
        "memorizer": {"command": "memorizer", "args": ["mcp", "--workspace", "auto"]}
    }
    assert (manifest["name"], manifest["version"]) == ("memorizer", __version__)


def test_the_skill_teaches_five_commands_that_exist() -> None:
    group = typer.main.get_command(application())
    taught = re.findall(r"^\d\. `memorizer (\w+)([^`]*)`", SKILL, re.MULTILINE)
    assert len(taught) == 5
    commands: dict[str, Any] = group.commands  # type: ignore[attr-defined]
    for name, words in taught:
        known = {option for each in commands[name].params for option in each.opts}
        assert {word for word in shlex.split(words) if word.startswith("--")} <= known, name


def test_the_registry_takes_server_json() -> None:
    content = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    jsonschema_rs.validate(SERVER, content)
