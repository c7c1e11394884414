"""From the vectors of a text's tokens to the vector of the text. Importing this is heavy."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.embeddings.model_config import Pooling
from memorizer.domain.memories import Vector

Hidden = NDArray[Any]
"""One vector for each token of each text: texts x tokens x dimensions."""
Mask = NDArray[Any]
"""1 for a token, 0 for the padding after the last one: texts x tokens."""


def _sum(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    # it has the direction of the mean, and only the direction is kept
    found: NDArray[Any] = np.einsum("bwd,bw->bd", hidden, mask.astype(np.float32))
    return found


def _weighted_sum(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    """Later tokens count more: they have seen more of the text."""
    return _sum(hidden, mask * np.arange(1, mask.shape[1] + 1))


def _maximum(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    found: NDArray[Any] = np.where(mask[:, :, None] == 1, hidden, -np.inf).max(axis=1)
    return found


def _first(hidden: Hidden, _: Mask) -> NDArray[Any]:
    return hidden[:, 0]


def _last(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    found: NDArray[Any] = hidden[np.arange(len(hidden)), mask.sum(axis=1) - 1]
    return found


POOLED: Final[Mapping[Pooling, Callable[[Hidden, Mask], NDArray[Any]]]] = {
    Pooling.MEAN: _sum,
    Pooling.WEIGHTED_MEAN: _weighted_sum,
    Pooling.MAX: _maximum,
    Pooling.CLS: _first,
    Pooling.LAST_TOKEN: _last,
}


def l2_normalise(vectors: NDArray[Any]) -> list[Vector]:
    """The vectors, scaled to length one. Raises ValueError for what has no direction."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise ValueError("a vector is not made of numbers, or has no direction")
    return [Vector(unit.tobytes()) for unit in (wide / lengths).astype("<f4")]
