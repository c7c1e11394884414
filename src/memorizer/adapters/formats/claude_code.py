"""Claude Code's transcripts: `~/.claude/projects/<folder>/<session>.jsonl`, and those of subagents.

The makers promise no format; this is what versions 2.1.146 to 2.1.276 write, by public readers of
it (2026). A line has `type`, `uuid` and `parentUuid`; an answer comes in one line per content block
with one `message.id`. Forks, branches and compaction repeat lines with their `uuid`, or with the
original's in `forkedFrom.messageUuid`: each is taken once, whatever file it is in.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import json_fields, transcripts
from memorizer.adapters.formats.archive import READ_ERRORS, Open, open_files
from memorizer.adapters.formats.line_reader import numbered
from memorizer.adapters.formats.transcripts import Exchange
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import ExpectedRecords, ImportNote, Reading, RejectedRecord

NAME: Final = "claude-code"
ENDING: Final = ".jsonl"
_MAX_OPEN: Final = 200
"""Exchanges of a file that wait for more of their answer."""
_ROLES: Final = ("user", "assistant")
_NOT_SAID: Final = (
    *("<command-name>", "<command-message>", "<local-command-", "<bash-stdout>", "<bash-stderr>"),
    *("<bash-input>", "<system-reminder>", "<task-notification>", "<teammate-message>"),
    *("[Request interrupted by user", "Caveat: The messages below"),
)
"""How texts begin that stand under the person's name and are the program's."""


def read(path: Path, now: int, *, with_tools: bool = False) -> Iterator[Reading]:
    """Yield a memory for each exchange; tools and their results only if they are asked for."""
    reader = _Reader(now, with_tools=with_tools)
    with open_files(path) as files:
        sessions = [file for file in files if is_session(file[0]) or len(files) == 1]
        for number, (name, open_) in enumerate(sessions, start=1):
            yield from reader.read(name, open_)
            yield ExpectedRecords(round(reader.exchanges / number * len(sessions)))
    if reader.passed_over:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in reader.passed_over.most_common(12))
        yield ImportNote("the files", transcripts.PASSED_OVER, kinds)


def is_session(name: str) -> bool:
    """Whether a file of this name may be a transcript."""
    return name.endswith(ENDING) and not name.endswith("journal.jsonl")


def is_line(record: JsonObject) -> bool:
    """Whether a line is of a transcript."""
    if record.get("type") in _ROLES:
        return "uuid" in record and "message" in record
    return "sessionId" in record and "type" in record


class _Reader:
    """Reads sessions; knows which messages it has seen in any of them."""

    def __init__(self, now: int, *, with_tools: bool) -> None:
        self._now = now
        self._with_tools = with_tools
        self._seen: set[str] = set()
        self.exchanges = 0
        self.passed_over: Counter[str] = Counter()

    def read(self, name: str, open_: Open) -> Iterator[Reading]:
        open_exchanges: dict[str, Exchange] = {}
        owners: dict[str, str] = {}
        """By message: the exchange that it belongs to."""
        try:
            with open_() as file:
                for number, line in numbered(file, is_utf_8=True):
                    record = self._parsed(line)
                    if record is not None:
                        self._add(f"{name} line {number}", record, open_exchanges, owners)
                    if len(open_exchanges) > _MAX_OPEN:
                        yield from self._finish(open_exchanges.pop(next(iter(open_exchanges))))
        except (*READ_ERRORS, OSError) as error:
            yield RejectedRecord(name, f"cannot be read: {error}")
        for exchange in open_exchanges.values():
            yield from self._finish(exchange)

    def _finish(self, exchange: Exchange) -> Iterator[Reading]:
        self.exchanges += 1
        at = transcripts.time_of(exchange.said_at)
        yield from transcripts.readings(NAME, exchange, self._now, id_at=at)

    def _parsed(self, line: bytes | str) -> JsonObject | None:
        if isinstance(line, str):
            self.passed_over["too long"] += 1
            return None
        try:
            record = json_fields.parse_object(line)
        except InvalidField:
            self.passed_over["damaged or unfinished"] += 1
            return None
        if isinstance(record.get("uuid"), str):
            return record
        self.passed_over[str(record.get("type"))[:40]] += 1
        return None

    def _add(
        self,
        place: str,
        record: JsonObject,
        exchanges: dict[str, Exchange],
        owners: dict[str, str],
    ) -> None:
        uuid, parent = str(record["uuid"]), record.get("parentUuid")
        key = _key(record)
        owner = owners.get(parent, "") if isinstance(parent, str) else ""
        said = self._said(record)
        if record.get("type") == "user" and said:
            owner = key
        owners[uuid] = owner
        if not said or key in self._seen:
            return
        self._seen.add(key)
        if owner not in exchanges:
            owner = key
            owners[uuid] = owner
            exchanges[owner] = Exchange(
                key, place, str(record.get("timestamp")), facts=_facts(record)
            )
        exchange = exchanges[owner]
        if record.get("type") == "user" and owner == key:
            exchange.question = said
        elif exchange.answers and said.startswith(exchange.answers[-1]):
            exchange.answers[-1] = said  # the beginning was written while it was on its way
        else:
            exchange.answers.append(said)

    def _said(self, record: JsonObject) -> str:
        """Return the words of a message; empty for what nobody said."""
        type_, message = record.get("type"), record.get("message")
        if type_ not in _ROLES or not isinstance(message, dict) or _is_the_programs(record):
            return ""
        content = message.get("content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if not isinstance(blocks, list):
            return ""
        found = [self._block(block) for block in blocks if isinstance(block, dict)]
        return "\n\n".join(text.strip() for text in found if text.strip())

    def _block(self, block: dict[str, Any]) -> str:
        match block.get("type"):
            case "text" if isinstance(block.get("text"), str):
                text = str(block["text"])
                return "" if text.lstrip().startswith(_NOT_SAID) else text
            case "tool_use" if self._with_tools:
                return f"Tool {block.get('name')}: {block.get('input')}"
            case _:
                return ""


def _key(record: JsonObject) -> str:
    """Return the id of a message, in a fork that of the original."""
    origin = record.get("forkedFrom")
    original = origin.get("messageUuid") if isinstance(origin, dict) else None
    return original if isinstance(original, str) else str(record["uuid"])


def _is_the_programs(record: JsonObject) -> bool:
    """Whether a message under a person's name, or the agent's, is of neither."""
    origin = record.get("origin")
    kind = origin.get("kind") if isinstance(origin, dict) else None
    return bool(
        record.get("isMeta")
        or record.get("isCompactSummary")
        or record.get("isApiErrorMessage")
        or kind not in (None, "human")
    )


def _facts(record: JsonObject) -> dict[str, str]:
    names = {"session": "sessionId", "cwd": "cwd", "branch": "gitBranch", "agent": "agentId"}
    return {
        name: value for name, field in names.items() if isinstance(value := record.get(field), str)
    }
