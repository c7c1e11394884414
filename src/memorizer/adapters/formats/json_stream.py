"""A JSON document read item by item, so that its size does not matter.

A document is a list, an object of lists and values, or several of these one after the other;
what is inside an item is read whole.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import IO, Any, Final

from memorizer.domain.errors import InvalidField
from memorizer.domain.records import RejectedRecord

CHUNK: Final = 2**16
"""Characters that are read at least."""
LARGEST: Final = 2**26
"""Characters of one item. A whole conversation of ChatGPT is one."""
_BLANK: Final = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a list, or one that stands in the outer object under `key`."""

    place: str
    key: str | None
    value: Any


def items(file: IO[bytes]) -> Iterator[Item | RejectedRecord]:
    """Every item; after what is not JSON nothing more can be understood."""
    # broken UTF-8 becomes lone surrogates, which are refused with the record that has them
    text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
    source = _Source(text)
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


class _Source:
    """A window on a text that moves forward."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._window = ""
        self._at = 0
        self._line = 1
        self._is_whole = False
        self._decoder = JSONDecoder()

    @property
    def place(self) -> str:
        """Where the window stands."""
        return f"line {self._line}"

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self._go(_BLANK.match(self._window, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._fill():
                return ""

    def take(self, wanted: str) -> bool:
        """Step over this character if it is the next one."""
        if self.peek() != wanted:
            return False
        self._go(self._at + 1)
        return True

    def demand(self, wanted: str) -> None:
        """Step over this character, which must be the next one."""
        if not self.take(wanted):
            raise JSONDecodeError(f"expected {wanted!r}", "", 0)

    def value(self) -> Any:
        """The value that comes next."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._window, self._at)
            except JSONDecodeError:
                if not self._fill():
                    raise
                continue
            if end < len(self._window) or not self._fill():  # a number may go on
                self._go(end)
                return value

    def _go(self, end: int) -> None:
        self._line += self._window.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> bool:
        """Have more in the window, at least twice as much; whether there was more."""
        rest = self._window[self._at :]
        if len(rest) > LARGEST:
            raise InvalidField("item", f"is longer than {LARGEST:,} characters")
        more = self._text.read(max(CHUNK, len(rest)))
        self._window, self._at = rest + more, 0
        return bool(more)


def _value(source: _Source) -> Iterator[Item | RejectedRecord]:
    if source.take("["):
        yield from _list(source, None)
    elif source.take("{"):
        yield from _object(source)
    else:
        place = source.place
        yield Item(place, None, source.value())


def _object(source: _Source) -> Iterator[Item | RejectedRecord]:
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


def _list(source: _Source, key: str | None) -> Iterator[Item | RejectedRecord]:
    if source.take("]"):
        return
    while True:
        source.peek()
        place = source.place
        yield Item(place, key, source.value())
        if source.take("]"):
            return
        source.demand(",")
