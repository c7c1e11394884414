"""Pools the vectors of a text's tokens into one. Import it lazily: it loads numpy."""

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
    # as good as the mean: the result is scaled to length one
    found: NDArray[Any] = np.einsum("bwd,bw->bd", hidden, mask.astype(np.float32))
    return found


def _weighted_sum(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    """Weight each token by its position, from 1: later ones have attended to more of the text."""
    return _sum(hidden, mask * np.arange(1, mask.shape[1] + 1))


def _maximum(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    found: NDArray[Any] = np.where(mask[:, :, None] == 1, hidden, -np.inf).max(axis=1)
    return found


def _first_token(hidden: Hidden, _: Mask) -> NDArray[Any]:
    return hidden[:, 0]


def _last_token(hidden: Hidden, mask: Mask) -> NDArray[Any]:
    found: NDArray[Any] = hidden[np.arange(len(hidden)), mask.sum(axis=1) - 1]
    return found


POOLED: Final[Mapping[Pooling, Callable[[Hidden, Mask], NDArray[Any]]]] = {
    Pooling.MEAN: _sum,
    Pooling.WEIGHTED_MEAN: _weighted_sum,
    Pooling.MAX: _maximum,
    Pooling.CLS: _first_token,
    Pooling.LAST_TOKEN: _last_token,
}


def l2_normalise(vectors: NDArray[Any]) -> list[Vector]:
    """Scale vectors (texts x dimensions) to length one. Raises ValueError for 0 or NaN."""
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise ValueError("a vector is not made of numbers, or has no direction")
    return [Vector(unit.tobytes()) for unit in (wide / lengths).astype("<f4")]
