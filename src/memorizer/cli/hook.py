"""`memorizer hook`: what the hooks of coding agents run.

It reads the client's JSON, asks the running server once, and prints what the client adds to the
conversation. Whatever goes wrong, it prints nothing and exits 0 before its deadline: a memory that
is away must not stop anybody's work. It imports the standard library alone and starts no process.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

DEADLINE_SECONDS: Final = 1.5
"""For everything from here on; on a busy machine starting Python takes 0.4 s more."""
MAX_INPUT_BYTES: Final = 16_000_000
MAX_OUTPUT: Final = 9_000
"""UTF-16 units of JSON: clients cut what is longer than 10,000."""
MAX_PROMPT: Final = 2_000
"""Characters of a prompt that are searched with: its first third and its end."""
USAGE: Final = (
    "usage: memorizer hook session-start|prompt|pre-compact|session-end"
    " --client claude-code|codex|cursor|gemini [--workspace auto|PATH] [--data-dir DIR]"
)
_GEMINI_CONTEXT: Final = re.compile(r"<hook_context>.*?(?:</hook_context>|\Z)", re.DOTALL)


class Event(StrEnum):
    """What happened in a client."""

    SESSION_START = "session-start"
    PROMPT = "prompt"
    PRE_COMPACT = "pre-compact"
    SESSION_END = "session-end"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said. `workspace`: as workspace_detection.chosen takes it."""

    event: str
    client: str
    workspace: str | None = None
    data_dir: Path | None = None


EVENT_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "claude-code": {
        Event.SESSION_START: "SessionStart",
        Event.PROMPT: "UserPromptSubmit",
        Event.PRE_COMPACT: "PreCompact",
        Event.SESSION_END: "SessionEnd",
    },
    "codex": {
        Event.SESSION_START: "SessionStart",
        Event.PROMPT: "UserPromptSubmit",
        Event.PRE_COMPACT: "PreCompact",
        Event.SESSION_END: "SessionEnd",
    },
    "gemini": {
        Event.SESSION_START: "SessionStart",
        Event.PROMPT: "BeforeAgent",
        Event.PRE_COMPACT: "PreCompress",
        Event.SESSION_END: "SessionEnd",
    },
    "cursor": {
        Event.SESSION_START: "sessionStart",
        Event.PROMPT: "beforeSubmitPrompt",
        Event.PRE_COMPACT: "preCompact",
        Event.SESSION_END: "sessionEnd",
    },
}
"""The names that clients give to the events. At the first two they take context, at the others
the new part of the transcript is handed over."""
CAPTURING: Final = frozenset({Event.PRE_COMPACT, Event.SESSION_END})
CLIENTS: Final = tuple(EVENT_NAMES)


def parse(arguments: Sequence[str]) -> Options | None:
    """Return the options of `memorizer hook`; None if they are wrong."""
    event, *rest = arguments or ("",)
    names, values = rest[::2], rest[1::2]
    given = dict(zip(names, values, strict=False))
    known = {"--client", "--workspace", "--data-dir"}
    if len(names) != len(values) or len(given) != len(names) or not set(names) <= known:
        return None
    client, data_dir = given.get("--client", ""), given.get("--data-dir")
    if event not in set(Event) or client not in CLIENTS:
        return None
    return Options(event, client, given.get("--workspace"), Path(data_dir) if data_dir else None)


def run(arguments: Sequence[str]) -> NoReturn:
    """Run the hook and exit the process with 0, whatever happens."""
    options = parse(arguments)
    if options is None:  # a person's mistake; any other exit code could stop the client's work
        sys.stderr.write(f"{USAGE}\n")
        _exit()
    until = monotonic() + DEADLINE_SECONDS
    # a thread that hangs, in a read that never ends or a server that never answers, is left behind
    work = Thread(target=_silently, args=(options, until), daemon=True)
    work.start()
    work.join(max(0.0, until - monotonic()))
    _exit()


def _exit() -> NoReturn:
    """End at once: no interpreter waits for threads, no buffer is written again."""
    os._exit(0)


def _silently(options: Options, until: float) -> None:
    try:
        answered = answer(options, read_input(lambda: os.read(0, 65_536)), until)
        if answered and monotonic() < until:
            os.write(1, answered.encode())
    except Exception:  # noqa: BLE001, S110 - silence is what a hook owes to a client
        pass


def read_input(read: Callable[[], bytes]) -> Mapping[str, Any]:
    """Return the client's JSON object as soon as it is whole, though the input may never end.

    Raises ValueError for what is none.
    """
    data = b""
    while chunk := read():
        data += chunk
        if len(data) > MAX_INPUT_BYTES:
            raise ValueError("the input is too long")
        if chunk.rstrip().endswith(b"}"):
            try:
                return _object(data)
            except json.JSONDecodeError:  # a bracket within it
                continue
    return _object(data)


def _object(data: bytes) -> Mapping[str, Any]:
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("the input is no object")  # noqa: TRY004 - as json does
    return found


def answer(options: Options, given: Mapping[str, Any], until: float) -> str | None:
    """Return what to print for the client's input; None for nothing.

    Raises OSError, ValueError, HTTPException where there is no answer in time.
    """
    if options.event in CAPTURING:
        from memorizer.cli import hook_capture

        hook_capture.hand_over(options, given, until)
        return None
    name = EVENT_NAMES[options.client].get(options.event)
    query = _query(options, given)
    if name is None or query is None:
        return None
    markdown = _ask(options, query, until)
    return shaped(options.client, name, markdown) if markdown else None


def _query(options: Options, given: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the parameters of the request; None if there is nothing to ask."""
    session = given.get("session_id") or given.get("conversation_id")
    query = {"session": str(session)[:200]} if session else {}
    if options.event == Event.PROMPT:
        prompt = searchable(str(given.get("prompt") or ""))
        if not prompt:
            return None
        query["q"] = prompt
    elif given.get("source") == "resume":  # what it was told is still in the conversation
        return None
    if workspace := workspace_of(options.workspace, options.data_dir, given):
        query["workspace"] = workspace
    return query


def searchable(prompt: str) -> str:
    """Return what a prompt asks: without the context that hooks put there, and not too long."""
    text = _GEMINI_CONTEXT.sub(" ", prompt)
    text = "".join(" " if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)
    text = text.strip()
    if len(text) <= MAX_PROMPT:
        return text
    first = MAX_PROMPT // 3
    return f"{text[:first]}\n{text[first + 1 - MAX_PROMPT :]}"


def workspace_of(wanted: str | None, data_dir: Path | None, given: Mapping[str, Any]) -> str | None:
    """Return the path of the workspace that is meant, if one is."""
    from memorizer.cli import config, workspace_detection

    if not (choice := wanted or config.value_of("workspace", data_dir)):
        return None

    roots = given.get("workspace_roots") or ["."]
    return workspace_detection.chosen(choice, Path(given.get("cwd") or roots[0]))


def _ask(options: Options, query: Mapping[str, str], until: float) -> str | None:
    """Return the Markdown that the running server has; None without a server."""
    from memorizer.cli import config
    from memorizer.mcp.stdio import server_discovery

    found = server_discovery.connect(config.data_dir_of(options.data_dir))
    if found is None:
        return None
    connection = found.connection
    connection.sock.settimeout(max(0.01, until - monotonic()))
    address = f"/api/context?{urlencode(query)}"
    headers = {"Authorization": f"Bearer {found.key}", "User-Agent": f"hook/{options.client}"}
    connection.request("GET", address, headers=headers)
    reply = connection.getresponse()
    if reply.status != HTTPStatus.OK:
        raise HTTPException(str(reply.status))
    markdown = json.loads(reply.read())["markdown"]
    return markdown if isinstance(markdown, str) else None


def shaped(client: str, event_name: str, markdown: str) -> str:
    """Return the JSON that the client takes context from, at most MAX_OUTPUT long.

    Codex drops the answer for one key that it does not know.
    """
    while len((text := _json(client, event_name, markdown)).encode("utf-16-le")) > 2 * MAX_OUTPUT:
        shorter = markdown.rstrip("\n").rpartition("\n")[0]
        markdown = shorter or markdown[: len(markdown) // 2]
    return text


def _json(client: str, event_name: str, markdown: str) -> str:
    if client == "cursor":
        # of a prompt its documents know `continue` alone; version 3.20 takes the context too
        is_prompt = event_name == EVENT_NAMES["cursor"][Event.PROMPT]
        answered: dict[str, Any] = {"continue": True} if is_prompt else {}
        answered["additional_context"] = markdown
    else:
        said = {"hookEventName": event_name, "additionalContext": markdown}
        answered = {"hookSpecificOutput": said}
    return json.dumps(answered, ensure_ascii=False) + "\n"
