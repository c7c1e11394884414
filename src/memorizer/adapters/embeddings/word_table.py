"""Keeping the model's table of words as small in memory as it is on disk.

The graph widens all 30,522 rows of the table from bytes to floats (47 MB) and then looks up the
few that a text needs. Here it is rewired to look them up first: every value is computed as
before, so the vectors are the same to the last bit.

An ONNX model is a protocol buffer: a sequence of fields, each a key and its content.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_GRAPH: Final = 7  # field of a model
_NODE: Final = 1  # field of a graph
_INPUT, _OUTPUT, _NAME = 1, 2, 3  # fields of a node
_BITS, _MORE = 0x7F, 0x80  # of one byte of a number

_TABLE: Final = b"inner.embeddings.word_embeddings.weight"
_BYTES, _FLOATS, _SCALE = _TABLE + b"_q", _TABLE + b"_f", _TABLE + b"_scale"
_WORDS: Final = b"input_ids"
_ROWS, _ROW_FLOATS, _ROW_SCALES = b"word_rows", b"word_row_floats", b"word_row_scales"


class _Field(NamedTuple):
    number: int
    content: bytes
    raw: bytes
    """All of it, key and length included."""


def looked_up_first(model: bytes) -> bytes:
    """The model with its words looked up before they are widened."""
    fields = _fields(model)
    return b"".join(
        _field(_GRAPH, _graph(f.content)) if f.number == _GRAPH else f.raw for f in fields
    )


def _graph(graph: bytes) -> bytes:
    """Cast(table), Mul(it, scale), Gather(it, words) become two Gathers, a Cast and a Mul."""
    kept: list[bytes] = []
    cast = scale = b""
    for field in _fields(graph):
        inputs = _inputs(field.content) if field.number == _NODE else []
        if inputs == [_BYTES]:
            cast = field.content
        elif inputs == [_FLOATS, _SCALE]:
            scale = field.content
        elif inputs == [_TABLE, _WORDS]:
            gather = field.content
            kept.append(_node(gather, [_BYTES, _WORDS], _ROWS))
            kept.append(_node(gather, [_SCALE, _WORDS], _ROW_SCALES))
            kept.append(_node(cast, [_ROWS], _ROW_FLOATS))
            kept.append(_node(scale, [_ROW_FLOATS, _ROW_SCALES], _output(gather)))
        else:
            kept.append(field.raw)
    return b"".join(kept)


def _inputs(node: bytes) -> list[bytes]:
    return [field.content for field in _fields(node) if field.number == _INPUT]


def _output(node: bytes) -> bytes:
    return next(field.content for field in _fields(node) if field.number == _OUTPUT)


def _node(like: bytes, inputs: Sequence[bytes], output: bytes) -> bytes:
    """A node that does the same as another, to other values."""
    wires = [*(_field(_INPUT, name) for name in inputs), _field(_OUTPUT, output)]
    rest = [field.raw for field in _fields(like) if field.number > _NAME]
    return _field(_NODE, b"".join([*wires, *rest]))


def _fields(message: bytes) -> Iterator[_Field]:
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
        yield _Field(key >> 3, message[at:end], message[start:end])
        at = end


def _number(message: bytes, at: int) -> tuple[int, int]:
    """A number, seven bits a byte and the lowest first, and where it ends."""
    number = shift = 0
    while True:
        number |= (message[at] & _BITS) << shift
        if not message[at] & _MORE:
            return number, at + 1
        shift += 7
        at += 1


def _field(number: int, content: bytes) -> bytes:
    return _digits(number << 3 | 2) + _digits(len(content)) + content


def _digits(number: int) -> bytes:
    digits = bytearray()
    while number > _BITS:
        digits.append(number & _BITS | _MORE)
        number >>= 7
    return bytes([*digits, number])
