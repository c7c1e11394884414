"""Removes the IsNaN and Where nodes from the attention of the bundled model.

After each softmax the exported graph replaces NaN by zero: for texts all of whose tokens are
masked. Every text has two tokens at its ends that are not. Each pair of nodes reads and writes
12 matrices of tokens x tokens in each of 6 layers.
"""

from memorizer.adapters.embeddings.onnx_rewrite.protobuf import (
    NODE_FIELD,
    OP_TYPE_FIELD,
    Message,
    encode_edges,
    encode_field,
    fields,
    inputs,
    op_type,
    output,
    with_graph,
)


def strip_nan_checks(model: bytes) -> bytes:
    """Return the encoded model without its checks for NaN; its vectors are the same."""
    return with_graph(model, _without_checks)


def _without_checks(graph: Message) -> bytes:
    """Drop IsNaN(weights), and turn Where(IsNaN(weights), 0, weights) into Identity(weights)."""
    kept: list[Message] = []
    checks: set[bytes] = set()
    for field in fields(graph):
        node = field.content if field.number == NODE_FIELD else b""
        if node and op_type(node) == b"IsNaN":
            checks.add(output(node))
        elif node and op_type(node) == b"Where" and inputs(node)[0] in checks:
            kept.append(_identity(inputs(node)[2], output(node)))
        else:
            kept.append(field.raw)
    return b"".join(kept)


def _identity(value: bytes, name: bytes) -> bytes:
    """Encode an Identity node, which onnxruntime removes when it loads the graph."""
    return encode_field(
        NODE_FIELD, encode_edges([value], name) + encode_field(OP_TYPE_FIELD, b"Identity")
    )
