"""The bundled model's network, written with operators that compute in integers (ADR 0044).

The packaged file keeps its weights as int8 with a scale for each column, converts them to floats
and multiplies those. Here DynamicQuantizeMatMul converts the activations to 8 bits instead, with
one scale for each matrix of them, and multiplies integers, of which processors do four at a step.

Eight bits are few where a value is many times the others, so that these are rounded away. Two
remedies bring the mean cosine to the floats from 0.9936 to 0.9997, for a tenth of the time: rows
(tokens) are divided by their own maximum before the product, and the channels with outliers come as
several that share the value, each with the same row of weights, which changes no product.

One text at a time: there is no mask, and the scale of a matrix depends on all of its rows.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from memorizer.adapters.embeddings.onnx_rewrite.encoding import (
    CONTRIBUTED,
    Array,
    ModelEncoder,
    constants,
)
from memorizer.adapters.embeddings.onnx_rewrite.protobuf import (
    GRAPH_FIELD,
    NODE_FIELD,
    fields,
    inputs,
    op_type,
)

_LAYERS, _HEADS, _DIMENSIONS, _EPSILON = 6, 12, 384, 1e-12
_PER_LAYER: Final = 6
"""Matrices: queries, keys, values, attention's output, and both of the feed-forward network."""
_OUTLIERS: Final = [63, 99, 157, 223]
"""Channels of the normalised vectors whose values reach ten times the others', in every layer."""
_COPIES: Final = 4
"""Of each of these channels, which share the value with it."""
_EMBEDDINGS: Final = "inner.embeddings."
_FLOAT: Final = 1
"""Of TensorProto.data_type."""
_IDS, _VECTOR = "input_ids", "sentence_embedding"


class _Matrix(NamedTuple):
    """Weights as int8, inputs x outputs, and the scale of each output."""

    weights: Array
    scales: Array


def integer_graph(model: bytes) -> bytes:
    """Encode a model of the same weights: one text's token ids to the sum of its tokens' vectors.

    `model`: the packaged file's content.
    """
    return _IntegerGraph(model).encoded()


class _IntegerGraph(ModelEncoder):
    def __init__(self, model: bytes) -> None:
        super().__init__()
        self._of = constants(memoryview(model))
        self._matrices = [self._matrix(name) for name in _multiplied(model, self._of)]
        shares = np.ones(_DIMENSIONS, np.float32)
        shares[_OUTLIERS] /= _COPIES + 1
        self._shares = self.constant(shares)
        self._copies = self.constant(np.repeat(np.diag(shares)[:, _OUTLIERS], _COPIES, axis=1))

    def encoded(self) -> bytes:
        hidden = self._embedded()
        for layer in range(_LAYERS):
            hidden = self._fed(layer, self._attended(layer, hidden))
        self.node("ReduceSum", hidden, self.constant(np.array([1])), output=_VECTOR, keepdims=0)
        return self.model(token_ids=_IDS, output=_VECTOR, dimensions=_DIMENSIONS)

    def _embedded(self) -> str:
        """Look up words and positions; every token is of the first segment."""
        words = self._matrix(f"{_EMBEDDINGS}word_embeddings.weight")
        places = self._matrix(f"{_EMBEDDINGS}position_embeddings.weight")
        segment = self._of[f"{_EMBEDDINGS}token_type_embeddings.weight"][0]
        rows = self.node("Cast", self.node("Gather", self.constant(words.weights), _IDS), to=_FLOAT)
        scales = self.node("Gather", self.constant(words.scales), _IDS)
        table = self.constant(places.weights * places.scales + segment)
        zero, one = (self.constant(np.array([number])) for number in (0, 1))
        count = self.node("Shape", _IDS, start=1, end=2)
        placed = self.node("Slice", table, zero, count, zero, one)
        return self._sum_normalised(
            f"{_EMBEDDINGS}LayerNorm", self.node("Mul", rows, scales), placed
        )

    def _attended(self, layer: int, hidden: str) -> str:
        *projections, output, _, _ = self._matrices_of(layer)
        at = f"inner.encoder.layer.{layer}.attention."
        weights, scales = (
            np.concatenate(parts, axis=1) for parts in zip(*projections, strict=True)
        )
        projected = self._spread_product(hidden, _Matrix(weights, scales))
        thirds = self.constant(np.full(3, _DIMENSIONS))
        queries = self.node("Split", projected, thirds, outputs=3, axis=-1)
        biases = [self._of[f"{at}self.{of}.bias"] for of in ("query", "key", "value")]
        # the other outputs of the node are the keys and the values
        edges = (queries, f"{queries}1", f"{queries}2", self.constant(np.concatenate(biases)))
        heads = self.node("MultiHeadAttention", *edges, domain=CONTRIBUTED, num_heads=_HEADS)
        found = self._product(heads, output, self._of[f"{at}output.dense.bias"])
        return self._sum_normalised(f"{at}output.LayerNorm", found, hidden)

    def _fed(self, layer: int, hidden: str) -> str:
        *_, wide, narrow = self._matrices_of(layer)
        at = f"inner.encoder.layer.{layer}."
        bias = self.constant(self._of[f"{at}intermediate.dense.bias"])
        widened = self._spread_product(hidden, wide)
        activated = self.node("BiasGelu", widened, bias, domain=CONTRIBUTED)
        # what this lets pass is hardly negative, so its own maximum is that of its sizes
        narrowed = self._product_of_rows(activated, activated, narrow)
        bias = self.constant(self._of[f"{at}output.dense.bias"])
        return self._sum_normalised(
            f"{at}output.LayerNorm", self.node("Add", narrowed, bias), hidden
        )

    def _spread_product(self, hidden: str, matrix: _Matrix) -> str:
        """Multiply, with the outliers of `hidden` shared by copies of their channels."""
        shared = self.node("Mul", hidden, self._shares)
        copies = self.node("MatMul", hidden, self._copies)
        spread = self.node("Concat", shared, copies, axis=-1)
        rows = np.repeat(matrix.weights[_OUTLIERS], _COPIES, axis=0)
        wider = matrix._replace(weights=np.concatenate([matrix.weights, rows]))
        return self._product_of_rows(spread, self.node("Abs", spread), wider)

    def _product_of_rows(self, rows: str, sizes: str, matrix: _Matrix) -> str:
        """Multiply, with a scale for each row: the largest of its `sizes`."""
        largest = self.node("ReduceMax", sizes, self.constant(np.array([-1])))
        return self.node("Mul", self._product(self.node("Div", rows, largest), matrix), largest)

    def _product(self, rows: str, matrix: _Matrix, bias: Array | None = None) -> str:
        edges = [rows, self.constant(matrix.weights), self.constant(matrix.scales.ravel())]
        if bias is not None:
            edges += ["", self.constant(bias)]  # the weights have no zero point
        return self.node("DynamicQuantizeMatMul", *edges, domain=CONTRIBUTED)

    def _sum_normalised(self, name: str, one: str, other: str) -> str:
        # not SkipLayerNormalization, which is 20 times slower in onnxruntime 1.32
        weight, bias = (self.constant(self._of[f"{name}.{of}"]) for of in ("weight", "bias"))
        total = self.node("Add", one, other)
        return self.node("LayerNormalization", total, weight, bias, axis=-1, epsilon=_EPSILON)

    def _matrices_of(self, layer: int) -> list[_Matrix]:
        return self._matrices[layer * _PER_LAYER : (layer + 1) * _PER_LAYER]

    def _matrix(self, name: str) -> _Matrix:
        return _Matrix(self._of[f"{name}_q"], self._of[f"{name}_scale"])


def _multiplied(model: bytes, known: dict[str, Array]) -> Iterator[str]:
    """Yield the names of the weights that something is multiplied by, in the graph's order."""
    graph = next(f.content for f in fields(memoryview(model)) if f.number == GRAPH_FIELD)
    for field in fields(graph):
        if field.number == NODE_FIELD and op_type(field.content) == b"MatMul":
            name = inputs(field.content)[1].decode()
            if f"{name}_q" in known:
                yield name
