"""ChatGPT's memories, from the data export.

The export has no list of memories; OpenAI publishes no schema; this is what exports of 2024 to 2026
hold. What ChatGPT saved is in `conversations.json`, later `conversations-000.json` and
so on: a list of `{title, mapping: {node: {message}}}`, where each message of the assistant to
the recipient `bio` is one memory. Memories deleted in ChatGPT since then are there too.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import external, json_fields
from memorizer.adapters.formats.archive import READ_ERRORS, Open, open_files
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import MemoryRecord, Reading, RejectedRecord

NAME: Final = "chatgpt"
CONVERSATIONS: Final = re.compile(r"(.*/)?conversations(-\d+)?\.json")
RECIPIENT: Final = "bio"


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield a memory for each message to RECIPIENT."""
    with open_files(path) as files:
        for name, open_ in files:
            if CONVERSATIONS.fullmatch(name) or len(files) == 1:
                yield from _file(name, open_, now)


def is_conversation(record: JsonObject) -> bool:
    """Whether a record looks like a conversation with ChatGPT."""
    return isinstance(record.get("mapping"), dict)


def _file(name: str, open_: Open, now: int) -> Iterator[Reading]:
    try:
        with open_() as file:
            for item in items(file):
                place = f"{name} {item.place}"
                if isinstance(item, Item):
                    yield from _conversation(place, item.value, now)
                else:
                    yield RejectedRecord(place, item.reason)
    except READ_ERRORS as error:
        yield RejectedRecord(name, f"cannot be read: {error}")


def _conversation(place: str, value: Any, now: int) -> Iterator[Reading]:
    mapping = value.get("mapping") if isinstance(value, dict) else None
    if not isinstance(mapping, dict):
        yield RejectedRecord(place, "is no conversation: it has no mapping")
        return
    for key, node in mapping.items():
        message = node.get("message") if isinstance(node, dict) else None
        if isinstance(message, dict) and message.get("recipient") == RECIPIENT:
            yield external.try_make(place, _memory, key, message, value, now)


def _memory(key: str, message: JsonObject, conversation: JsonObject, now: int) -> MemoryRecord:
    content = json_fields.as_object("content", message.get("content"))
    parts = content.get("parts")
    if not isinstance(parts, list):
        raise InvalidField("parts", "must be a list")
    title = conversation.get("title")
    facts = {"conversation": title[:200]} if isinstance(title, str) else {}
    return external.memory(
        NAME,
        key,
        now,
        text="\n".join(part for part in parts if isinstance(part, str)).strip(),
        created_at=json_fields.seconds(message, "create_time"),
        facts=facts,
    )
