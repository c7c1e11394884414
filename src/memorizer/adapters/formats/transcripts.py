"""What transcripts of agents have in common: exchanges of a person and an agent as memories."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from memorizer.adapters.formats import external, json_fields
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_LABEL, MAX_TEXT
from memorizer.domain.metadata import NO_METADATA, Metadata
from memorizer.domain.records import ImportNote, ParsedRecord, Reading, RejectedRecord
from memorizer.domain.secrets import MASK, masked
from memorizer.domain.timestamps import from_iso

TYPE: Final = "conversation"
SHORTENED: Final = "an exchange that is too long was cut"
SECRETS: Final = "secrets were removed by their shape"
PASSED_OVER: Final = "lines that are no part of a conversation, or damaged, were passed over"
_CUT: Final = "\n\n[cut]"


@dataclass(slots=True)
class Exchange:
    """What a person said, and what the agent answered. `key` is the client's own id."""

    key: str
    place: str
    said_at: str
    question: str = ""
    answers: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Both as one text."""
        parts = [("User", self.question), ("Assistant", "\n\n".join(self.answers))]
        return "\n\n".join(f"{who}:\n{what}" for who, what in parts if what.strip())


def readings(program: str, exchange: Exchange, now: int, *, id_at: int | None) -> Iterator[Reading]:
    """Yield an exchange as a memory, and what was changed in it.

    `id_at` (UTC ms) gives its id a place; it must be the same in every copy of the exchange.
    """
    text = masked(exchange.text)
    if not text:
        return
    if MASK in text:
        yield ImportNote(exchange.place, SECRETS)
    if len(text) > MAX_TEXT:
        yield ImportNote(exchange.place, SHORTENED)
        text = text[: MAX_TEXT - len(_CUT)] + _CUT
    try:
        record = external.memory(
            program,
            exchange.key,
            now,
            text=text.replace("\0", "\N{REPLACEMENT CHARACTER}"),
            title=_title(exchange),
            type_=TYPE,
            tags=_tags(exchange),
            created_at=_time(exchange.said_at),
            metadata=_metadata(exchange.facts),
        )
    except InvalidField as error:
        yield RejectedRecord(exchange.place, str(error))
        return
    yield ParsedRecord(exchange.place, external.as_excerpt(record, program, exchange.key, id_at))


def time_of(text: object) -> int | None:
    """Return a time in ms, or None for anything else."""
    return _time(text) if isinstance(text, str) else None


def _title(exchange: Exchange) -> str | None:
    said = exchange.question or "".join(exchange.answers[:1])
    first = next((line for line in said.splitlines() if line.strip()), "")
    return json_fields.short_title(masked(first).lstrip("#>-* "))


def _tags(exchange: Exchange) -> tuple[str, ...]:
    """Return the name of the project's folder."""
    project = PurePath(exchange.facts.get("cwd", "").replace("\\", "/")).name
    return (project[:MAX_LABEL],) if project.strip() else ()


def _metadata(facts: dict[str, str]) -> Metadata:
    try:
        return Metadata({name: value for name, value in facts.items() if value})
    except InvalidField:
        return NO_METADATA


def _time(text: str) -> int | None:
    try:
        return from_iso(text)
    except ValueError:
        return None
