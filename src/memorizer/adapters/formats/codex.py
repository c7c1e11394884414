"""Codex's transcripts: `~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl`, and archived ones.

The makers promise no format; this is what versions 0.144 to 0.154 write, by public readers of it
(2026). What was said is in `event_msg` lines: `user_message` and `agent_message`, in newer threads
`item_completed`. `response_item` lines repeat it together with what the program put in.
"""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from memorizer.adapters.formats import json_fields, transcripts
from memorizer.adapters.formats.archive import READ_ERRORS, Open, open_files
from memorizer.adapters.formats.line_reader import numbered
from memorizer.adapters.formats.transcripts import Exchange
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import ExpectedRecords, ImportNote, Reading, RejectedRecord

NAME: Final = "codex"
ENDING: Final = ".jsonl"
COMPRESSED: Final = ".zst"
_TAKEN: Final = (b'"session_meta"', b'"event_msg"')
"""Kinds of lines that are read; the others hold most of the bytes."""
_BUFFER_BYTES: Final = 2**18
_PACKED_BYTES: Final = 2**10
_REQUEST: Final = "## My request for Codex:"
_NOT_SAID: Final = (
    *("# AGENTS.md instructions", "<environment_context>", "<user_instructions>"),
    *("<permissions ", "<user_shell_command>", "<turn_aborted>"),
)


def read(path: Path, now: int, *, with_tools: bool = False) -> Iterator[Reading]:
    """Yield a memory for each exchange; commands and their output only if they are asked for."""
    seen: set[str] = set()
    passed_over: Counter[str] = Counter()
    with open_files(path) as files:
        names = {name for name, _ in files}
        threads = [
            (name, open_)
            for name, open_ in files
            if (is_session(name) or len(files) == 1)
            and not (name.endswith(COMPRESSED) and name.removesuffix(COMPRESSED) in names)
        ]
        exchanges = 0
        for number, (name, open_) in enumerate(threads, start=1):
            thread = _Thread(name, now, seen, passed_over, with_tools=with_tools)
            yield from thread.read(open_)
            exchanges += thread.exchanges
            yield ExpectedRecords(round(exchanges / number * len(threads)))
    if passed_over:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in passed_over.most_common(12))
        yield ImportNote("the files", transcripts.PASSED_OVER, kinds)


def is_session(name: str) -> bool:
    """Whether a file of this name is a transcript."""
    file = name.rpartition("/")[2].removesuffix(COMPRESSED)
    return file.startswith("rollout-") and file.endswith(ENDING)


def is_line(record: JsonObject) -> bool:
    """Whether a line is of a transcript."""
    return record.get("type") == "session_meta" and isinstance(record.get("payload"), dict)


class _Thread:
    """Reads one file.

    Older threads have no ids of messages: an exchange is known by all that was said before it, from
    the thread on that was the first; so what a fork repeats is known, whatever times it has.
    """

    def __init__(
        self, name: str, now: int, seen: set[str], passed_over: Counter[str], *, with_tools: bool
    ) -> None:
        self._name = name
        self._now = now
        self._seen = seen
        self._passed_over = passed_over
        self._with_tools = with_tools
        self._facts: dict[str, str] = {}
        self._roots: list[str] = []
        self._first = ""
        self._skip_before = -1
        self._past = ""
        self._exchange: Exchange | None = None
        self.exchanges = 0

    def read(self, open_: Open) -> Iterator[Reading]:
        try:
            with open_() as file, _plain(self._name, file) as plain:
                for number, line in numbered(plain, is_utf_8=True):
                    yield from self._line(f"{self._name} line {number}", line)
        except (*READ_ERRORS, OSError) as error:
            yield RejectedRecord(self._name, f"cannot be read: {error}")
        except InvalidField as error:
            yield RejectedRecord(self._name, error.problem)
        yield from self._finish()

    def _line(self, place: str, line: bytes | str) -> Iterator[Reading]:
        if isinstance(line, str):
            self._passed_over["too long"] += 1
            return
        if not any(kind in line for kind in _TAKEN):
            return
        try:
            record = json_fields.parse_object(line)
        except InvalidField:
            self._passed_over["damaged or unfinished"] += 1
            return
        payload, ordinal = record.get("payload"), record.get("ordinal")
        if not isinstance(payload, dict):
            return
        if record.get("type") == "session_meta":
            self._add_meta(payload)
        elif record.get("type") == "event_msg" and not (
            isinstance(ordinal, int) and ordinal < self._skip_before
        ):
            yield from self._event(place, str(record.get("timestamp")), payload)

    def _add_meta(self, meta: dict[str, Any]) -> None:
        """Take what the file says of itself first; a fork repeats that of its parents behind it."""
        ids = [meta.get(name) for name in ("id", "forked_from_id", "parent_thread_id")]
        self._roots += [str(id_) for id_ in ids if isinstance(id_, str)]
        if self._facts:
            return
        git = meta.get("git")
        branch = git.get("branch") if isinstance(git, dict) else None
        facts = {"session": meta.get("id"), "cwd": meta.get("cwd"), "branch": branch}
        self._facts = {name: value for name, value in facts.items() if isinstance(value, str)}
        start = meta.get("subagent_history_start_ordinal")
        self._skip_before = start if isinstance(start, int) else -1

    def _event(self, place: str, at: str, event: dict[str, Any]) -> Iterator[Reading]:
        role, text, key = _said(event)
        if role == "user":
            if (words := _words(text)) is not None:
                yield from self._finish()
                self._past = _digest(self._past or self._root(), "user", words)
                self._exchange = Exchange(
                    key or self._past, place, at, words, facts=dict(self._facts)
                )
        elif text.strip() and (role == "assistant" or (role == "tool" and self._with_tools)):
            self._answer(place, at, text.strip(), key)

    def _answer(self, place: str, at: str, text: str, key: str) -> None:
        if self._exchange is None:
            self._exchange = Exchange(
                key or _digest(self._past or self._root(), "assistant", text),
                place,
                at,
                facts=dict(self._facts),
            )
        self._exchange.answers.append(text)

    def _finish(self) -> Iterator[Reading]:
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            return
        answer = "\n\n".join(exchange.answers)
        self._past = _digest(self._past or self._root(), "assistant", answer)
        if exchange.key in self._seen:
            return
        self._seen.add(exchange.key)
        self.exchanges += 1
        yield from transcripts.readings(NAME, exchange, self._now, id_at=_time_of(self._root()))

    def _root(self) -> str:
        """Return the id of the thread from which this one was forked, or its own."""
        if not self._first:
            self._first = self._roots[-1] if self._roots else self._name
        return self._first


def _said(event: dict[str, Any]) -> tuple[str, str, str]:
    """Return who said it, what, and the id of it in newer threads."""
    match event:
        case {"type": "user_message", "message": str(text)}:
            return "user", text, ""
        case {"type": "agent_message", "message": str(text)}:
            return "assistant", text, ""
        case {"type": "item_completed", "item": {"type": str(type_), "id": str(id_)} as item}:
            key = f"{event.get('thread_id')}:{id_}"
            match type_:
                case "UserMessage":
                    return "user", _texts(item), key
                case "AgentMessage":
                    return "assistant", _texts(item), key
                case "CommandExecution":
                    return "tool", f"Command: {item.get('command')}\n{item.get('stdout')}", key
    return "", "", ""


def _texts(item: dict[str, Any]) -> str:
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "\n\n".join(text for text in texts if isinstance(text, str))


def _words(text: str) -> str | None:
    """Return what the person said; None for what the program put in."""
    words = text.rpartition(_REQUEST)[2].strip()
    return None if not words or words.startswith(_NOT_SAID) else words


def _digest(past: str, role: str, text: str) -> str:
    return sha256(f"{past}\0{role}\0{text}".encode(errors="surrogatepass")).hexdigest()[:32]


def _time_of(thread: str) -> int | None:
    """Return the time in a thread's id, a UUIDv7, in ms."""
    try:
        id_ = UUID(thread)
    except ValueError:
        return None
    return id_.int >> 80 if id_.version == 7 else None  # noqa: PLR2004


class _Decompressed(io.RawIOBase):
    """Reads a Zstandard file; one that was cut raises EOFError, which zstandard's reader does not.

    It is fed so little at once that what comes of it is 32 MB at most: a block is 4 bytes or more.
    """

    def __init__(self, file: IO[bytes], zstandard: Any) -> None:
        self._file = file
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._frame = self._new()
        self._is_between = True
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            packed = self._file.read(_PACKED_BYTES)
            if not packed and not self._is_between:
                raise EOFError("the compressed file ends in the middle")
            if not packed:
                return 0
            self._rest = memoryview(b"".join(self._unpack(packed)))
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            yield self._frame.decompress(packed)
            self._is_between = self._frame.eof
            packed = self._frame.unused_data if self._is_between else b""
            if self._is_between:
                self._frame = self._new()


@contextmanager
def _plain(name: str, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield the file, decompressed where it is compressed. Raises InvalidField."""
    if not name.endswith(COMPRESSED):
        yield file
        return
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        problem = "is compressed: install the extra `transcripts`, and import it again"
        raise InvalidField("file", problem) from None
    try:
        yield io.BufferedReader(_Decompressed(file, zstandard), _BUFFER_BYTES)
    except zstandard.ZstdError as error:
        raise InvalidField("file", f"cannot be decompressed: {error}") from None
