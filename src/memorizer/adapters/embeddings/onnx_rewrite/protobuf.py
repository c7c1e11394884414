"""Reads and writes protocol buffers, as far as it takes to replace nodes of an ONNX graph.

A message is a sequence of fields, each a key (field number and wire type) and its content. Field
numbers are those of onnx.proto; the encoding is https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

GRAPH_FIELD: Final = 7
"""Of a ModelProto."""
NODE_FIELD: Final = 1
"""Of a GraphProto."""
INPUT_FIELD, OUTPUT_FIELD, NAME_FIELD, OP_TYPE_FIELD = 1, 2, 3, 4
"""Of a NodeProto."""
_VARINT_BITS, _VARINT_CONTINUES = 0x7F, 0x80
_ALL_64_BITS: Final = 0xFFFF_FFFF_FFFF_FFFF
_LENGTH_DELIMITED: Final = 2
"""The wire type of strings and messages."""

Message = bytes | memoryview
"""An encoded message; a view where copying would be dear: the graph holds all weights (22 MB)."""


class Field(NamedTuple):
    """One field of a message: its number, its content, and its encoding with key and length."""

    number: int
    content: Message
    raw: Message


def with_graph(model: bytes, rewrite: Callable[[Message], bytes]) -> bytes:
    """Return an encoded ModelProto whose graph is what `rewrite` makes of its graph."""
    return b"".join(
        encode_field(GRAPH_FIELD, rewrite(field.content))
        if field.number == GRAPH_FIELD
        else field.raw
        for field in fields(memoryview(model))
    )


def inputs(node: Message) -> list[bytes]:
    """Return the names of a node's inputs."""
    return [bytes(field.content) for field in fields(node) if field.number == INPUT_FIELD]


def output(node: Message) -> bytes:
    """Return the name of a node's first output."""
    return next(bytes(field.content) for field in fields(node) if field.number == OUTPUT_FIELD)


def op_type(node: Message) -> bytes:
    """Return a node's op_type, such as b"Gather"."""
    return next(bytes(field.content) for field in fields(node) if field.number == OP_TYPE_FIELD)


def encode_edges(inputs: Sequence[bytes], output: bytes) -> bytes:
    """Encode the inputs and the output of a node, which are its first fields."""
    return b"".join(
        [*(encode_field(INPUT_FIELD, name) for name in inputs), encode_field(OUTPUT_FIELD, output)]
    )


def fields(message: Message) -> Iterator[Field]:
    """Yield the fields of a message in their order."""
    at = 0
    while at < len(message):
        start = at
        key, at = _decode_varint(message, at)
        match key & 7:
            case 0:  # varint
                _, end = _decode_varint(message, at)
            case 1:  # 64 bits
                end = at + 8
            case 5:  # 32 bits
                end = at + 4
            case _:  # length-delimited
                size, at = _decode_varint(message, at)
                end = at + size
        yield Field(key >> 3, message[at:end], message[start:end])
        at = end


def encode_field(number: int, content: bytes) -> bytes:
    """Encode a field that holds a string or a message."""
    return encode_head(number, len(content)) + content


def encode_head(number: int, size: int) -> bytes:
    """Encode what stands before the content of such a field: its number and its size in bytes."""
    return _encode_varint(number << 3 | _LENGTH_DELIMITED) + _encode_varint(size)


def encode_number(number: int, value: int) -> bytes:
    """Encode a field that holds an int64."""
    return _encode_varint(number << 3) + _encode_varint(value & _ALL_64_BITS)


def number(content: Message) -> int:
    """Decode the content of a field that holds a number."""
    return _decode_varint(content, 0)[0]


def _decode_varint(message: Message, at: int) -> tuple[int, int]:
    """Decode a little-endian base-128 number; return it and the position after it."""
    number = shift = 0
    while True:
        number |= (message[at] & _VARINT_BITS) << shift
        if not message[at] & _VARINT_CONTINUES:
            return number, at + 1
        shift += 7
        at += 1


def _encode_varint(number: int) -> bytes:
    digits = bytearray()
    while number > _VARINT_BITS:
        digits.append(number & _VARINT_BITS | _VARINT_CONTINUES)
        number >>= 7
    return bytes([*digits, number])
