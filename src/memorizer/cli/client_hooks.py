"""Hooks in the configuration of coding agents: how ours are entered and removed.

Files and shapes as Claude Code 2.1, Codex 0.171 and Gemini CLI 0.61 read them (tried), and Cursor
3.20 (as documented).
"""

import os
import re
import shlex
import subprocess
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from memorizer.cli.hook import EVENT_NAMES, Event

TIMEOUT_SECONDS: Final = 3
"""What a client waits for at most; the command itself ends within two. Codex gives the end of a
session no more."""
CODEX_CONTEXT_TOKENS: Final = 10_000
"""Codex cuts context at 2,500 tokens, which are 10 kB: too few for scripts of three bytes."""
_OURS: Final = re.compile(rf"\bhook ({'|'.join(Event)})\b")
"""What follows the name of the program."""

Tree = MutableMapping[str, Any]
Handler = dict[str, Any]


@dataclass(frozen=True, slots=True)
class HookCommand:
    """The command of a hook: `program`, and the options that say where memories are."""

    program: tuple[str, ...]
    places: tuple[str, ...] = ()

    def written(self, event: str, client: str) -> str:
        """Return it as the shell of the platform reads it."""
        command = (*self.program, "hook", event, "--client", client, *self.places)
        return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


@dataclass(frozen=True, slots=True)
class ClientHooks:
    """Where a client keeps its hooks, and how it writes one."""

    client: str
    file: Callable[[], Path]
    handler: Callable[[str], Handler]
    is_grouped: bool = True
    """Whether handlers stand in groups, each of which may have a matcher."""
    version: int | None = None
    """What the file has to begin with, for Cursor."""
    next_step: str = ""

    def put(self, tree: Tree, command: HookCommand) -> None:
        """Enter our hooks; those that are there already are replaced. Raises ValueError."""
        if self.version is not None:
            tree.setdefault("version", self.version)
        hooks = _table(tree.setdefault("hooks", {}), "hooks")
        for event, name in EVENT_NAMES[self.client].items():
            handler = self.handler(command.written(event, self.client))
            ours = [each for each in self._handlers(hooks, name) if _is_ours(each)]
            if ours:
                ours[0].clear()
                ours[0].update(handler)
            else:
                entry = {"hooks": [handler]} if self.is_grouped else handler
                hooks.setdefault(name, []).append(entry)

    def remove(self, tree: Tree) -> None:
        """Remove our hooks, and what is empty without them. Raises ValueError."""
        if "hooks" not in tree:
            return
        hooks = _table(tree["hooks"], "hooks")
        for name in [name for name in hooks if any(map(_is_ours, self._handlers(hooks, name)))]:
            hooks[name] = [kept for each in hooks[name] if (kept := self._without_ours(each))]
            if not hooks[name]:
                del hooks[name]
        if not hooks:
            del tree["hooks"]
            if self.version is not None and tree.keys() <= {"version"}:
                tree.clear()

    def _handlers(self, hooks: Tree, name: str) -> list[Handler]:
        entries = _entries(hooks.get(name, []), name)
        if not self.is_grouped:
            return entries
        return [handler for group in entries for handler in _entries(group.get("hooks", []), name)]

    def _without_ours(self, entry: Handler) -> Handler | None:
        if not self.is_grouped:
            return None if _is_ours(entry) else entry
        handlers = entry.get("hooks", [])
        kept = [handler for handler in handlers if not _is_ours(handler)]
        if kept == handlers:
            return entry
        return {**entry, "hooks": kept} if kept else None


def _is_ours(handler: Handler) -> bool:
    _, _, arguments = str(handler.get("command", "")).partition("memorizer")
    return bool(_OURS.search(arguments))


def _table(found: object, name: str) -> Tree:
    if not isinstance(found, MutableMapping):
        raise ValueError(f"`{name}` is not an object")  # noqa: TRY004 - its caller expects one kind
    return found


def _entries(found: object, name: str) -> list[Handler]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError(f"`{name}` is not a list of hooks")
    return found


def _home(*parts: str) -> Callable[[], Path]:
    return lambda: Path.home().joinpath(*parts)


def _codex_file() -> Path:
    return Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex") / "hooks.json"


HOOKS: Final = {
    each.client: each
    for each in (
        ClientHooks(
            "claude-code",
            _home(".claude", "settings.json"),
            lambda command: {"type": "command", "command": command, "timeout": TIMEOUT_SECONDS},
        ),
        ClientHooks(
            "codex",
            _codex_file,
            lambda command: {
                "type": "command",
                "command": command,
                "timeout": TIMEOUT_SECONDS,
                "additionalContextLimit": CODEX_CONTEXT_TOKENS,
            },
            next_step="Codex runs no hook that you have not trusted: open codex, enter /hooks, "
            "and trust those of memorizer.",
        ),
        ClientHooks(
            "gemini",
            _home(".gemini", "settings.json"),
            lambda command: {
                "type": "command",
                "command": command,
                "name": "memorizer",
                "timeout": TIMEOUT_SECONDS * 1_000,  # in milliseconds, unlike the others
            },
            next_step="Gemini runs hooks in folders that it trusts.",
        ),
        ClientHooks(
            "cursor",
            _home(".cursor", "hooks.json"),
            lambda command: {"command": command},
            is_grouped=False,
            version=1,
        ),
    )
}
