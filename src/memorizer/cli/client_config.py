"""Configuration files of coding agents: where they are, how Memorizer is entered and removed.

Paths and shapes as the clients of November 2026 read them: Claude Code 2.1, Codex 0.171, Gemini CLI
0.61 (tried), Claude Desktop, Cursor and VS Code (as documented). Everything that is not Memorizer's
stays as it is.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from memorizer.cli.client_hooks import HOOKS, ClientHooks, HookCommand
from memorizer.domain.errors import Misconfigured

NAME: Final = "memorizer"
"""The key of our entry, in every client."""
INDENT: Final = 2

Entry = dict[str, Any]
Tree = MutableMapping[str, Any]
Edit = Callable[[Tree], None]


@dataclass(frozen=True, slots=True)
class Server:
    """What a client is to connect to: a command, or the URL of a running server."""

    command: tuple[str, ...] = ()
    url: str | None = None
    token_variable: str | None = None
    """The environment variable that holds the token for `url`."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; None where it does not exist."""

    path: Path
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Client:
    """A coding agent and its configuration file."""

    name: str
    title: str
    file: Callable[[], Path]
    section: str
    """The key that holds the servers."""
    entry: Callable[[Server], Entry]
    next_step: str

    @property
    def hooks(self) -> ClientHooks | None:
        """Return where it keeps hooks; None if it has none."""
        return HOOKS.get(self.name)

    def connected(self, server: Server, hook: HookCommand | None = None) -> list[FileChange]:
        """Return the changes that enter Memorizer, with hooks that run `hook` if it is given.

        Raises Misconfigured.
        """
        edits: list[tuple[Path, Edit]] = [
            (self.file(), lambda tree: _put(tree, self.section, self.entry(server)))
        ]
        if hook is not None:
            if (hooks := self.hooks) is None:
                raise Misconfigured(
                    f"{self.title} has no hooks; these have: {', '.join(HOOKS)}. Leave out --hooks."
                )
            edits.append((hooks.file(), lambda tree: hooks.put(tree, hook)))
        return _changes(edits)

    def disconnected(self) -> list[FileChange]:
        """Return the changes that remove Memorizer and its hooks. Raises Misconfigured."""
        edits: list[tuple[Path, Edit]] = [(self.file(), lambda tree: _remove(tree, self.section))]
        if (hooks := self.hooks) is not None:
            edits.append((hooks.file(), hooks.remove))
        return _changes(edits)


def _changes(edits: Sequence[tuple[Path, Edit]]) -> list[FileChange]:
    """Return the changes of files; several of one file are one."""
    by_path: dict[Path, list[Edit]] = {}
    for path, edit in edits:
        by_path.setdefault(path, []).append(edit)
    return [_change(path, each) for path, each in by_path.items()]


def _change(path: Path, edits: Sequence[Edit]) -> FileChange:
    before = _read(path)
    try:
        tree, write = _parsed(path, before or "")
        for edit in edits:
            edit(tree)
    except ValueError as error:
        raise Misconfigured(
            f"{path} is not plain {path.suffix[1:].upper()} ({error}), so it is left as it is. "
            f"Add Memorizer there yourself; docs/guides/mcp.md shows how."
        ) from error
    after = write(tree) if tree else None
    return FileChange(path, before, before if _equal(path, before, after) else after)


def _put(tree: Tree, section: str, entry: Entry) -> None:
    servers = tree.setdefault(section, {})
    if not isinstance(servers, MutableMapping):
        raise ValueError(f"`{section}` is not a table")  # noqa: TRY004 - its caller expects one kind
    servers[NAME] = entry


def _remove(tree: Tree, section: str) -> None:
    servers = tree.get(section)
    if isinstance(servers, MutableMapping) and NAME in servers:
        del servers[NAME]
        if not servers:
            del tree[section]


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}.") from error


def _parsed(path: Path, text: str) -> tuple[Tree, Callable[[Tree], str]]:
    """Return the content, and how to write it in the file's own style. Raises ValueError."""
    if path.suffix == ".toml":
        import tomlkit

        return tomlkit.parse(text), lambda tree: tomlkit.dumps(tree).rstrip("\n") + "\n"
    tree = json.loads(text) if text.strip() else {}
    if not isinstance(tree, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - as json does
    found = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    indent: int | str = found[1] if found else INDENT
    end = "" if text and not text.endswith("\n") else "\n"

    def write(tree: Tree) -> str:
        return json.dumps(tree, indent=indent, ensure_ascii=False) + end

    return tree, write


def _equal(path: Path, before: str | None, after: str | None) -> bool:
    """Whether two texts of a file say the same, so that only its layout would change."""
    if before is None or after is None:
        return before == after
    return _parsed(path, before)[0] == _parsed(path, after)[0]


def _stdio(server: Server, **more: str) -> Entry:
    command, *arguments = server.command
    return {**more, "command": command, "args": arguments}


def _http(server: Server, key: str, variable: str, **more: str) -> Entry:
    """Return an entry for a URL; `variable` is how the client writes an environment variable."""
    entry: Entry = {**more, key: server.url}
    if server.token_variable:
        reference = variable.format(server.token_variable)
        entry["headers"] = {"Authorization": f"Bearer {reference}"}
    return entry


def _claude_code(server: Server) -> Entry:
    if server.url:
        return _http(server, "url", "${{{}}}", type="http")
    return _stdio(server, type="stdio")


def _claude_desktop(server: Server) -> Entry:
    if server.url:
        raise Misconfigured(
            "Claude Desktop's file takes commands only. Leave out --server: the command finds the "
            "server that runs on its data directory."
        )
    return _stdio(server)


def _cursor(server: Server) -> Entry:
    return _http(server, "url", "${{env:{}}}") if server.url else _stdio(server)


def _vscode(server: Server) -> Entry:
    if server.url:
        return _http(server, "url", "${{env:{}}}", type="http")
    return _stdio(server, type="stdio")


def _codex(server: Server) -> Entry:
    if not server.url:
        return _stdio(server)
    entry: Entry = {"url": server.url}
    if server.token_variable:
        entry["bearer_token_env_var"] = server.token_variable
    return entry


def _gemini(server: Server) -> Entry:
    if server.url:
        return _http(server, "url", "${}", type="http")
    return _stdio(server)


def _home(*parts: str) -> Callable[[], Path]:
    return lambda: Path.home().joinpath(*parts)


def _codex_file() -> Path:
    return Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex") / "config.toml"


def _application_data(*parts: str) -> Callable[[], Path]:
    """Return how to find a file where the platform keeps settings of applications."""

    def file() -> Path:
        match sys.platform:
            case "darwin":
                folder = Path.home() / "Library" / "Application Support"
            case "win32":
                folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
            case _:
                folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return folder.joinpath(*parts)

    return file


CLIENTS: Final[Sequence[Client]] = (
    Client(
        "claude-code",
        "Claude Code",
        _home(".claude.json"),
        "mcpServers",
        _claude_code,
        "`claude mcp list` shows it; sessions that are open must be restarted.",
    ),
    Client(
        "claude-desktop",
        "Claude Desktop",
        _application_data("Claude", "claude_desktop_config.json"),
        "mcpServers",
        _claude_desktop,
        "Restart Claude Desktop.",
    ),
    Client(
        "cursor",
        "Cursor",
        _home(".cursor", "mcp.json"),
        "mcpServers",
        _cursor,
        "Cursor shows it under Settings → MCP.",
    ),
    Client(
        "vscode",
        "VS Code",
        _application_data("Code", "User", "mcp.json"),
        "servers",
        _vscode,
        "In VS Code, run `MCP: List Servers`.",
    ),
    Client(
        "codex",
        "Codex",
        _codex_file,
        "mcp_servers",
        _codex,
        "`codex mcp list` shows it.",
    ),
    Client(
        "gemini",
        "Gemini CLI",
        _home(".gemini", "settings.json"),
        "mcpServers",
        _gemini,
        "`gemini mcp list` shows it, in folders that Gemini trusts.",
    ),
)


def client(name: str, clients: Sequence[Client] = CLIENTS) -> Client:
    """Return the client of this name. Raises Misconfigured."""
    by_name: Mapping[str, Client] = {each.name: each for each in clients}
    if name not in by_name:
        raise Misconfigured(f"There is no client {name!r}; there are: {', '.join(by_name)}.")
    return by_name[name]
