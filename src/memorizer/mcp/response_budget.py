"""How much a tool answers at once: about 8 KB, for clients cut or refuse what is longer."""

import json
from collections.abc import Iterable
from typing import TypeVar

from memorizer.mcp.results import MemoryView, View

BUDGET = 8_000
"""Bytes of JSON in one answer."""
ENVELOPE = 200
"""Bytes for a cursor and punctuation."""
BYTES_PER_ID = 40
"""What an id costs again in the sentence that says how to go on."""
LEAST_TEXT = 500
"""Bytes of a text that are shown however much else there is to say."""

V = TypeVar("V", bound=View)


def size(value: object) -> int:
    """Bytes of compact JSON."""
    plain = value.plain() if isinstance(value, View) else value
    return len(compact(plain).encode())


def compact(value: object) -> str:
    """JSON without a byte to spare."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def take_within(views: Iterable[V], room: int) -> list[V]:
    """As many of the first ones as there is room for, and at least one."""
    taken: list[V] = []
    for view in views:
        room -= size(view) + 1
        if room < 0 and taken:
            break
        taken.append(view)
    return taken


def truncate(memory: MemoryView, room: int, *, start: int = 0) -> MemoryView:
    """Cut the memory's text, from `start` on, to what fits, and set a cursor to the rest."""
    bare = size(memory.model_copy(update={"text": ""}))
    shown = _cut_text(memory.text[start:], max(room - bare - ENVELOPE // 2, LEAST_TEXT))
    end = start + len(shown)
    cursor = f"{memory.version}.{end}" if end < len(memory.text) else None
    return memory.model_copy(update={"text": shown, "text_cursor": cursor})


def _cut_text(text: str, room: int) -> str:
    shown = text[:room]
    while (length := size(shown)) > room:
        shown = shown[: max(len(shown) * room // length - 1, 1)]
        if len(shown) == 1:
            break
    return shown
