"""Reading and writing the file of an ONNX model, as far as it takes to rewire its graph.

It is a protocol buffer: a sequence of fields, each a key and its content.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

GRAPH: Final = 7  # field of a model
NODE: Final = 1  # field of a graph
INPUT, OUTPUT, NAME, OPERATOR = 1, 2, 3, 4  # fields of a node
_BITS, _MORE = 0x7F, 0x80  # of one byte of a number


Message = bytes | memoryview
"""Views, where it is large: the graph holds all of the model's weights."""


class Field(NamedTuple):
    """One field of a message."""

    number: int
    content: Message
    raw: Message
    """All of it, key and length included."""


def rewired(model: bytes, rewire: Callable[[Message], bytes]) -> bytes:
    """The model with its graph made anew."""
    return b"".join(
        written(GRAPH, rewire(field.content)) if field.number == GRAPH else field.raw
        for field in fields(memoryview(model))
    )


def inputs(node: Message) -> list[bytes]:
    """The names of what a node computes with."""
    return [bytes(field.content) for field in fields(node) if field.number == INPUT]


def output(node: Message) -> bytes:
    """The name of what it computes."""
    return next(bytes(field.content) for field in fields(node) if field.number == OUTPUT)


def operator(node: Message) -> bytes:
    """How it computes that."""
    return next(bytes(field.content) for field in fields(node) if field.number == OPERATOR)


def wires(inputs: Sequence[bytes], output: bytes) -> bytes:
    """The beginning of a node: what goes in, and what comes out."""
    return b"".join([*(written(INPUT, name) for name in inputs), written(OUTPUT, output)])


def fields(message: Message) -> Iterator[Field]:
    """All of a message, in order."""
    at = 0
    while at < len(message):
        start = at
        key, at = _number(message, at)
        match key & 7:
            case 0:
                _, end = _number(message, at)
            case 1:
                end = at + 8
            case 5:
                end = at + 4
            case _:
                size, at = _number(message, at)
                end = at + size
        yield Field(key >> 3, message[at:end], message[start:end])
        at = end


def written(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return _digits(number << 3 | 2) + _digits(len(content)) + content


def _number(message: Message, at: int) -> tuple[int, int]:
    """A number, seven bits a byte and the lowest first, and where it ends."""
    number = shift = 0
    while True:
        number |= (message[at] & _BITS) << shift
        if not message[at] & _MORE:
            return number, at + 1
        shift += 7
        at += 1


def _digits(number: int) -> bytes:
    digits = bytearray()
    while number > _BITS:
        digits.append(number & _BITS | _MORE)
        number >>= 7
    return bytes([*digits, number])
