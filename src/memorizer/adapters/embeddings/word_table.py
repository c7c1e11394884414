"""Keeping the model's table of words as small in memory as it is on disk.

The graph widens all 30,522 rows of the table from bytes to floats (47 MB) and then looks up the
few that a text needs. Here it is rewired to look them up first: every value is computed as
before, so the vectors are the same to the last bit.
"""

from collections.abc import Sequence
from typing import Final

from memorizer.adapters.embeddings.protocol_buffer import (
    NAME,
    NODE,
    Message,
    fields,
    inputs,
    output,
    rewired,
    wires,
    written,
)

_TABLE: Final = b"inner.embeddings.word_embeddings.weight"
_BYTES, _FLOATS, _SCALE = _TABLE + b"_q", _TABLE + b"_f", _TABLE + b"_scale"
_WORDS: Final = b"input_ids"
_ROWS, _ROW_FLOATS, _ROW_SCALES = b"word_rows", b"word_row_floats", b"word_row_scales"


def gather_before_dequantize(model: bytes) -> bytes:
    """The model with its words looked up before they are widened."""
    return rewired(model, _graph)


def _graph(graph: Message) -> bytes:
    """Cast(table), Mul(it, scale), Gather(it, words) become two Gathers, a Cast and a Mul."""
    kept: list[Message] = []
    cast: Message = b""
    scale: Message = b""
    for field in fields(graph):
        wanted = inputs(field.content) if field.number == NODE else []
        if wanted == [_BYTES]:
            cast = field.content
        elif wanted == [_FLOATS, _SCALE]:
            scale = field.content
        elif wanted == [_TABLE, _WORDS]:
            gather = field.content
            kept.append(_node(gather, [_BYTES, _WORDS], _ROWS))
            kept.append(_node(gather, [_SCALE, _WORDS], _ROW_SCALES))
            kept.append(_node(cast, [_ROWS], _ROW_FLOATS))
            kept.append(_node(scale, [_ROW_FLOATS, _ROW_SCALES], output(gather)))
        else:
            kept.append(field.raw)
    return b"".join(kept)


def _node(like: Message, inputs: Sequence[bytes], output: bytes) -> bytes:
    """A node that does the same as another, to other values."""
    rest = (field.raw for field in fields(like) if field.number > NAME)
    return written(NODE, wires(inputs, output) + b"".join(rest))
