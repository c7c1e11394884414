"""Encodes an ONNX model node by node. Field numbers and types are those of onnx.proto."""

import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.embeddings.onnx_rewrite.protobuf import (
    GRAPH_FIELD,
    INPUT_FIELD,
    NAME_FIELD,
    NODE_FIELD,
    OP_TYPE_FIELD,
    OUTPUT_FIELD,
    Message,
    encode_field,
    encode_head,
    encode_number,
    fields,
    number,
)

Array = NDArray[Any]

_FLOAT, _INT = 1, 2
"""Of AttributeProto.type."""
_ATTRIBUTE_FIELD, _DOMAIN_FIELD = 5, 7
"""Of a NodeProto."""
_GRAPH_NAME_FIELD, _INITIALIZER_FIELD, _GRAPH_INPUT_FIELD, _GRAPH_OUTPUT_FIELD = 2, 5, 11, 12
"""Of a GraphProto."""
_IR_VERSION_FIELD, _OPSET_FIELD = 1, 8
"""Of a ModelProto."""
_FLOAT32, _INT8, _INT64 = 1, 3, 7
_DATA_TYPES: Final[Mapping[int, Any]] = {
    _FLOAT32: np.dtype("<f4"),
    _INT8: np.dtype("i1"),
    _INT64: np.dtype("<i8"),
}
"""TensorProto.data_type, as far as they are needed."""
_DIMS, _DATA_TYPE, _TENSOR_NAME, _RAW_DATA = 1, 2, 8, 9
"""Of a TensorProto."""
_IR_VERSION, _OPSET = 10, 18
CONTRIBUTED: Final = "com.microsoft"
"""The domain of onnxruntime's own operators, described in its docs/ContribOperators.md."""


def constants(model: Message) -> dict[str, Array]:
    """Return the initializers of a model by name, as views of its bytes."""
    graph = next(field.content for field in fields(model) if field.number == GRAPH_FIELD)
    named = (_tensor(f.content) for f in fields(graph) if f.number == _INITIALIZER_FIELD)
    return {name: array for name, array in named if array is not None}


def _tensor(message: Message) -> tuple[str, Array | None]:
    """Decode a TensorProto; None in place of an array of an unknown type."""
    found = {field.number: field.content for field in fields(message)}
    shape = [number(field.content) for field in fields(message) if field.number == _DIMS]
    name, dtype = bytes(found[_TENSOR_NAME]).decode(), _DATA_TYPES.get(number(found[_DATA_TYPE]))
    if dtype is None or _RAW_DATA not in found:
        return name, None
    return name, np.frombuffer(found[_RAW_DATA], dtype).reshape(shape)


class ModelEncoder:
    """A graph that is written from its inputs to its output. Names of edges are made up."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[Message] = []
        """In pieces, so that the weights are copied only once."""
        self._count = 0

    def constant(self, values: Array) -> str:
        """Add values; return their name."""
        self._count += 1
        name = f"constant_{self._count}"
        kind = next(kind for kind, dtype in _DATA_TYPES.items() if dtype == values.dtype)
        sizes = b"".join(encode_number(_DIMS, size) for size in values.shape)
        described = sizes + encode_number(_DATA_TYPE, kind)
        described += encode_field(_TENSOR_NAME, name.encode())
        described += encode_head(_RAW_DATA, values.nbytes)
        head = encode_head(_INITIALIZER_FIELD, len(described) + values.nbytes)
        self._constants += [head + described, np.ascontiguousarray(values).data.cast("B")]
        return name

    def node(
        self,
        operator: str,
        *inputs: str,
        outputs: int = 1,
        output: str | None = None,
        domain: str = "",
        **attributes: float,
    ) -> str:
        """Add a node; return the name of its first output. Others end in 1, 2 and so on.

        An empty name leaves an optional input out.
        """
        name = output or f"node_{len(self._nodes)}_"
        names = [name, *(f"{name}{n}" for n in range(1, outputs))]
        parts = [encode_field(INPUT_FIELD, each.encode()) for each in inputs]
        parts += [encode_field(OUTPUT_FIELD, each.encode()) for each in names]
        parts += [encode_field(NAME_FIELD, name.encode())]
        parts += [encode_field(OP_TYPE_FIELD, operator.encode())]
        parts += [encode_field(_ATTRIBUTE_FIELD, _attribute(*each)) for each in attributes.items()]
        self._nodes.append(b"".join([*parts, encode_field(_DOMAIN_FIELD, domain.encode())]))
        return name

    def model(self, *, token_ids: str, output: str, dimensions: int) -> bytes:
        """Encode the model. Its input is texts x tokens, its output texts x dimensions."""
        graph: list[Message] = [encode_field(NODE_FIELD, node) for node in self._nodes]
        graph += [encode_field(_GRAPH_NAME_FIELD, b"integers"), *self._constants]
        graph += [encode_field(_GRAPH_INPUT_FIELD, _edge(token_ids, _INT64, "texts", "tokens"))]
        graph += [encode_field(_GRAPH_OUTPUT_FIELD, _edge(output, _FLOAT32, "texts", dimensions))]
        opsets = [
            encode_field(_OPSET_FIELD, encode_field(1, domain) + encode_number(2, version))
            for domain, version in ((b"", _OPSET), (CONTRIBUTED.encode(), 1))
        ]
        head = encode_number(_IR_VERSION_FIELD, _IR_VERSION) + encode_head(
            GRAPH_FIELD, sum(map(len, graph))
        )
        return b"".join([head, *graph, *opsets])


def _attribute(name: str, value: float) -> bytes:
    """Encode an AttributeProto: a float, or an integer."""
    named = encode_field(1, name.encode())
    if isinstance(value, float):
        content = b"\x15" + struct.pack("<f", value)  # its field 2, of 32 bits
        return named + content + encode_number(20, _FLOAT)
    return named + encode_number(3, value) + encode_number(20, _INT)


def _edge(name: str, kind: int, *shape: str | int) -> bytes:
    """Encode a ValueInfoProto; a size with a name is found out when the graph runs."""
    sizes = (
        encode_field(
            1, encode_number(1, size) if isinstance(size, int) else encode_field(2, size.encode())
        )
        for size in shape
    )
    tensor = encode_number(1, kind) + encode_field(2, b"".join(sizes))
    return encode_field(1, name.encode()) + encode_field(2, encode_field(1, tensor))
