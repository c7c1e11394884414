"""Parts of an agent's transcript, and what of it is worth a memory.

Clients write their transcripts as lines of JSON in forms of their own, which they do not promise;
what nobody said, and what Memorizer itself told the agent, is left out, so that nothing feeds
itself.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from memorizer.domain.context import HEADING, TITLES
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import check_text
from memorizer.domain.timestamps import DAY_MS

CLIENTS: Final = ("claude-code", "codex", "cursor", "gemini")
MAX_PART: Final = 2_000_000
"""Characters of a part."""
MAX_SESSION: Final = 200
MAX_STATEMENTS: Final = 20
"""Statements of one part that are proposed."""
MIN_LENGTH: Final = 20
MAX_LENGTH: Final = 400
"""Characters of a statement."""
CAPTURED: Final = "captured"
"""The tag of memories from captures."""
KEPT_MS: Final = 30 * DAY_MS
"""How long it is known which parts were handed over."""
_TAGGED: Final = re.compile(
    r"<(hook_context|system-reminder|environment_context|user_instructions|INSTRUCTIONS|"
    r"command-\w+|local-command-\w+|bash-\w+|task-notification|permissions \w+)\b[^>]*>"
    r".*?(?:</\1>|\Z)",
    re.DOTALL,
)
_CODE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_PACK_LINE: Final = re.compile(
    r"^[ \t]*- \[[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\] .*$", re.MULTILINE
)
"""A memory in a context pack."""
_PACK_HEADINGS: Final = (
    *(line for line in HEADING.splitlines() if line.strip()),
    *(f"## {title}" for title in TITLES.values()),
)
_NOT_SAID: Final = (
    "# AGENTS.md instructions",
    "Caveat: The messages below",
    "[Request interrupted",
)
_SENTENCE: Final = re.compile(r"(?<=[.!。！])\s+|\n+")  # noqa: RUF001
_MARK: Final = re.compile(r"^(?:#{1,6}\s+|[-*+>]\s+|\d+[.)]\s+)+")
_CUE: Final = re.compile(
    r"\b(?:remember(?: that)?|from now on|always|never|(?:i|we) (?:prefer|decided|agreed|use|chose|"
    r"want|need)|our convention|by convention|(?:the )?root cause|turns? out|"
    r"(?:the )?fix (?:was|is)|don['\u2019]t (?:forget|use)|do not (?:forget|use)|"
    r"must (?:not|never|always|be)|important:|note:|decision:|merke|ab jetzt|immer|niemals|"
    r"wir (?:nehmen|nutzen|haben beschlossen))\b",
    re.IGNORECASE,
)
"""How people say what is to be remembered."""


@dataclass(frozen=True, slots=True)
class NewCapture:
    """A part of a session's transcript; checked. `workspace`: where what is in it belongs."""

    session: str
    client: str
    part: str
    workspace: str | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises InvalidField."""
        check_text("session", self.session, longest=MAX_SESSION)
        check_text("transcript", self.part.replace("\0", ""), longest=MAX_PART)
        if self.client not in CLIENTS:
            raise InvalidField("client", f"must be one of {', '.join(CLIENTS)}")

    @property
    def digest(self) -> str:
        """Equal for the same part."""
        return sha256(self.part.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Capture:
    """A stored part; `part` is None once its job is done."""

    id: str
    session: str
    client: str
    workspace_id: str | None
    part: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that may be worth a memory, and who said it."""

    text: str
    by_user: bool


def statements(part: str) -> list[Statement]:
    """Sentences of a part that say what is to be remembered, each once, those of people first."""
    found: dict[str, Statement] = {}
    for role, text in said(part):
        for sentence in _SENTENCE.split(_CODE.sub("\n", text)):
            words = " ".join(_MARK.sub("", sentence.strip()).split())
            if (
                MIN_LENGTH <= len(words) <= MAX_LENGTH
                and not words.endswith(("?", ":"))
                and _CUE.search(words)
            ):
                found.setdefault(words.casefold(), Statement(words, role == "user"))
    in_order = sorted(found.values(), key=lambda each: not each.by_user)
    return in_order[:MAX_STATEMENTS]


def said(part: str) -> Iterator[tuple[str, str]]:
    """Yield who said what: `user` or `assistant`, and the words; whatever the client."""
    try:
        whole = json.loads(part)
    except (ValueError, RecursionError):
        whole = None
    records = whole if isinstance(whole, list) else None
    if isinstance(whole, dict) and isinstance(whole.get("messages"), list):
        records = whole["messages"]
    last = None
    for record in _lines(part) if records is None else records:
        if isinstance(record, dict) and (found := _message(record)) is not None:
            role, text = found
            if (words := without_injected(text)) and (role, words) != last:
                last = (role, words)
                yield role, words


def without_injected(text: str) -> str:
    """Return a message without what programs, and Memorizer itself, put into it."""
    # escapes in a line may stand for what cannot be stored
    text = text.encode("utf-8", "replace").decode().replace("\0", " ")
    text = _PACK_LINE.sub("", _TAGGED.sub("", text))
    for heading in _PACK_HEADINGS:
        text = text.replace(heading, "")
    text = text.strip()
    return "" if text.startswith(_NOT_SAID) else text


def _lines(part: str) -> Iterator[object]:
    """Yield the objects of lines; damaged and unfinished ones are passed over."""
    for line in part.splitlines():
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _message(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """Who said what in a line of Claude Code, Codex, Cursor or Gemini; None for other lines."""
    if record.get("isMeta") or record.get("isCompactSummary") or record.get("isSidechain"):
        return None
    role, content = "", None
    match record:
        case {"type": "event_msg", "payload": {"type": str(kind), "message": content}}:
            role = kind
        case {"type": "event_msg", "payload": {"item": {"type": str(kind), "content": content}}}:
            role = kind
        case {"type": "event_msg" | "response_item" | "session_meta" | "attachment"}:
            pass
        case {"message": {"role": str(role), "content": content}}:
            pass
        case {"role": str(role)}:
            content = record.get("content", record.get("parts", record.get("text")))
        case {"type": str(role), "content": content}:
            pass
    known, text = _ROLES.get(role.casefold()), _text(content)
    return (known, text) if known and text.strip() else None


_ROLES: Final = {
    **dict.fromkeys(("user", "human", "user_message", "usermessage"), "user"),
    **dict.fromkeys(("assistant", "model", "gemini", "agent_message", "agentmessage"), "assistant"),
}
"""Who speaks, by the names that clients give."""


def _text(content: object) -> str:
    """Return the text of a message; tools and their results are none."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    texts = (
        each.get("text")
        for each in content
        if isinstance(each, dict)
        and str(each.get("type", "text")).casefold() in {"text", "input_text", "output_text"}
    )
    return "\n\n".join(text for text in texts if isinstance(text, str))
