"""Reads JSON documents item by item, in memory bounded by the largest item.

A document is a list, an object of lists and values, or several of these one after the other.
This is not ijson because imports must lose nothing in silence: ijson ends at the first byte that is
not UTF-8, replaces lone surrogates by `?`, and takes gigabytes for 200 KB of opening brackets.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import IO, Any, Final

from memorizer.adapters.formats.decoding import as_utf_8
from memorizer.domain.errors import InvalidField
from memorizer.domain.records import RejectedRecord

MIN_READ_CHARACTERS: Final = 2**16
MAX_ITEM_CHARACTERS: Final = 2**26
"""A whole conversation of ChatGPT is one item."""
_BLANK: Final = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a list, or of the outer object under `key`."""

    place: str
    key: str | None
    value: Any


def items(file: IO[bytes]) -> Iterator[Item | RejectedRecord]:
    """Yield every item; what is not JSON ends the document with a RejectedRecord."""
    # broken UTF-8 becomes lone surrogates: only the record that has them is rejected
    text = io.TextIOWrapper(as_utf_8(file), "utf-8", "surrogateescape", newline="")
    source = _Window(text)
    try:
        while source.peek():
            yield from _value(source)
    except JSONDecodeError as error:
        yield RejectedRecord(source.place, f"is not JSON from here on: {error.msg}")
    except RecursionError:
        yield RejectedRecord(source.place, "is nested too deeply, and cannot be read from here on")
    except (InvalidField, ValueError) as error:  # ValueError: a number of thousands of digits
        yield RejectedRecord(source.place, f"cannot be read from here on: {error}")
    finally:
        text.detach()


class _Window:
    """A part of a text, which moves forward and counts lines."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._window = ""
        self._at = 0
        self._line = 1
        self._is_whole = False
        self._decoder = JSONDecoder()

    @property
    def place(self) -> str:
        """The present line, from 1."""
        return f"line {self._line}"

    def peek(self) -> str:
        """Return the next character that is not white space; empty at the end."""
        while True:
            self._advance(_BLANK.match(self._window, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._fill():
                return ""

    def take(self, wanted: str) -> bool:
        """Skip this character if it is the next one; return whether it was."""
        if self.peek() != wanted:
            return False
        self._advance(self._at + 1)
        return True

    def demand(self, wanted: str) -> None:
        """Skip this character. Raises JSONDecodeError if another one is next."""
        if not self.take(wanted):
            raise JSONDecodeError(f"expected {wanted!r}", "", 0)

    def value(self) -> Any:
        """Decode the next value. Raises JSONDecodeError, RecursionError or ValueError."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._window, self._at)
            except JSONDecodeError:
                if not self._fill():
                    raise
                continue
            if end < len(self._window) or not self._fill():  # a number may go on
                self._advance(end)
                return value

    def _advance(self, end: int) -> None:
        self._line += self._window.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> bool:
        """Read on, at least doubling the unread part; return whether there was more."""
        rest = self._window[self._at :]
        if len(rest) > MAX_ITEM_CHARACTERS:
            raise InvalidField("item", f"is longer than {MAX_ITEM_CHARACTERS:,} characters")
        more = self._text.read(max(MIN_READ_CHARACTERS, len(rest)))
        self._window, self._at = rest + more, 0
        return bool(more)


def _value(source: _Window) -> Iterator[Item | RejectedRecord]:
    if source.take("["):
        yield from _list(source, None)
    elif source.take("{"):
        yield from _object(source)
    else:
        place = source.place
        yield Item(place, None, source.value())


def _object(source: _Window) -> Iterator[Item | RejectedRecord]:
    if source.take("}"):
        return
    while True:
        key = source.value()
        if not isinstance(key, str):
            raise JSONDecodeError("expected a name", "", 0)
        source.demand(":")
        if source.take("["):
            yield from _list(source, key)
        else:
            source.peek()
            place = source.place
            yield Item(place, key, source.value())
        if source.take("}"):
            return
        source.demand(",")


def _list(source: _Window, key: str | None) -> Iterator[Item | RejectedRecord]:
    if source.take("]"):
        return
    while True:
        source.peek()
        place = source.place
        yield Item(place, key, source.value())
        if source.take("]"):
            return
        source.demand(",")
