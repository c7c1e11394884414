"""Looks up the rows of the word embedding table before it converts them to floats.

The bundled graph converts all 30,522 rows from int8 to float32 (47 MB) and then gathers the few
that a text needs. Gathering first computes the same values.
"""

from collections.abc import Sequence
from typing import Final

from memorizer.adapters.embeddings.onnx_rewrite.protobuf import (
    NAME_FIELD,
    NODE_FIELD,
    Message,
    encode_edges,
    encode_field,
    fields,
    inputs,
    output,
    with_graph,
)

_TABLE: Final = b"inner.embeddings.word_embeddings.weight"
_INT8, _FLOAT32, _SCALE = _TABLE + b"_q", _TABLE + b"_f", _TABLE + b"_scale"
_TOKEN_IDS: Final = b"input_ids"
_ROWS, _ROW_FLOATS, _ROW_SCALES = b"word_rows", b"word_row_floats", b"word_row_scales"


def gather_before_dequantize(model: bytes) -> bytes:
    """Return the encoded model with Gather before Cast and Mul; its vectors are the same."""
    return with_graph(model, _gather_first)


def _gather_first(graph: Message) -> bytes:
    """Replace Gather(Mul(Cast(table), scale), ids).

    It becomes Mul(Cast(Gather(table, ids)), Gather(scale, ids)).
    """
    kept: list[Message] = []
    cast: Message = b""
    scale: Message = b""
    for field in fields(graph):
        wanted = inputs(field.content) if field.number == NODE_FIELD else []
        if wanted == [_INT8]:
            cast = field.content
        elif wanted == [_FLOAT32, _SCALE]:
            scale = field.content
        elif wanted == [_TABLE, _TOKEN_IDS]:
            gather = field.content
            kept.append(_copy(gather, [_INT8, _TOKEN_IDS], _ROWS))
            kept.append(_copy(gather, [_SCALE, _TOKEN_IDS], _ROW_SCALES))
            kept.append(_copy(cast, [_ROWS], _ROW_FLOATS))
            kept.append(_copy(scale, [_ROW_FLOATS, _ROW_SCALES], output(gather)))
        else:
            kept.append(field.raw)
    return b"".join(kept)


def _copy(like: Message, inputs: Sequence[bytes], output: bytes) -> bytes:
    """Encode a copy of a node (type and attributes) with other inputs and another output."""
    rest = (field.raw for field in fields(like) if field.number > NAME_FIELD)
    return encode_field(NODE_FIELD, encode_edges(inputs, output) + b"".join(rest))
