"""Vectors of large stores in inverted lists: an IVF index (Jégou et al., 2011) in the database.

Each vector is in the list of its nearest centroid. A search reads the lists whose centroids are
nearest to its query, and searches these as quantized_index.py does. What was added since the lists
were written is in an index in memory. docs/decisions/0049 has the figures.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

import numpy as np

from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sqlite.quantized_index import (
    Floats,
    GrowingIndex,
    Ids,
    QuantizedIndex,
    joined,
    unpacked,
)
from memorizer.domain.embeddings import VectorKind
from memorizer.domain.memories import Vector

PROBED: Final = 400
"""Lists that a search reads at first, of some 128 vectors each."""
MIN_PASSING: Final = 4_000
"""Where a filter leaves few in the lists, more are read until so many pass it."""
MAX_ALLOWED: Final = 200_000
"""Memories that pass a filter, above which only what is found is checked."""
PROBED_UNCHECKED: Final = 2
"""Then so many times more lists are read: those that do not pass take the places of others."""
MAX_SCORED_EXACTLY: Final = 2_000
"""So few memories are compared without any index: 4 µs for each."""
_READY: Final = """
SELECT id, upto FROM vector_indexes WHERE model_id = ? AND kind = ? AND is_ready
ORDER BY id DESC LIMIT 1
"""
_CENTROIDS: Final = "SELECT dimensions, centroids FROM vector_indexes WHERE id = ?"
_LISTS: Final = """
SELECT packed FROM json_each(?) wanted
CROSS JOIN vector_lists l ON l.index_id = ? AND l.number = wanted.value
"""
_VECTORS_OF: Final = """
SELECT e.id FROM json_each(?) wanted
CROSS JOIN embeddings e ON e.memory_seq = wanted.value AND e.model_id = ? AND e.kind = ?
"""


@dataclass(frozen=True, slots=True)
class InvertedLists:
    """The lists of one model and kind as one transaction sees them."""

    execute: Execute
    model_id: int
    kind: VectorKind
    index_id: int
    centroids: Floats
    newer: QuantizedIndex
    """The vectors that were added later."""

    @property
    def max_allowed(self) -> int:
        """As QuantizedIndex.max_allowed."""
        return MAX_ALLOWED

    def nearest(
        self, vector: Vector, allowed: Ids | None, *, take: int, is_checked: bool = False
    ) -> Iterator[list[int]]:
        """As QuantizedIndex.nearest; `is_checked`: many of what is returned will not count."""
        if allowed is not None and len(allowed) <= MAX_SCORED_EXACTLY:
            yield self._vectors_of(allowed)
            return
        newer = self.newer.nearest(vector, allowed, take=take)
        probed = PROBED * (PROBED_UNCHECKED if is_checked else 1)
        older = self._in_lists(vector, allowed, take, probed)
        nothing: list[int] = []
        for both in zip_longest(older, newer, fillvalue=nothing):
            yield [*both[0], *both[1]]

    def reranks_all(self, allowed: Ids) -> bool:
        """As QuantizedIndex.reranks_all."""
        return len(allowed) <= MAX_SCORED_EXACTLY

    def _vectors_of(self, memories: Ids) -> list[int]:
        values = (json.dumps(memories.tolist()), self.model_id, self.kind)
        return [id_ for (id_,) in self.execute(_VECTORS_OF, values)]

    def _in_lists(
        self, vector: Vector, allowed: Ids | None, take: int, probed: int
    ) -> Iterator[list[int]]:
        query = np.frombuffer(vector, "<f4")
        allowed = None if allowed is None else np.sort(allowed)
        order = np.argsort(-(self.centroids @ query))
        start = 0
        while start < len(order):
            parts: list[QuantizedIndex] = []
            enough = 1 if allowed is None else MIN_PASSING
            while start < len(order) and sum(len(part.ids) for part in parts) < enough:
                parts += self._read(order[start : start + probed], allowed)
                start += probed
            if parts:
                yield from joined(parts).nearest(vector, None, take=take)

    def _read(self, numbers: Ids, allowed: Ids | None) -> Iterator[QuantizedIndex]:
        """Read these lists, of which only vectors of allowed memories (in order); no empty ones."""
        words = -(-self.centroids.shape[1] // 64)
        for (packed,) in self.execute(_LISTS, (json.dumps(numbers.tolist()), self.index_id)):
            part = unpacked(packed, words)
            if allowed is not None:
                places = np.searchsorted(allowed, part.memories)
                part = part.only(allowed.take(places, mode="clip") == part.memories)
            if len(part.ids):
                yield part


class IndexedVectors:
    """The index of one model and kind in this process: lists if there are any, and the rest."""

    def __init__(self) -> None:
        self._lists: tuple[int, Floats] | None = None
        self._newer = GrowingIndex()

    def up_to_date(
        self, execute: Execute, model_id: int, kind: VectorKind
    ) -> QuantizedIndex | InvertedLists:
        """Return the index as the caller's transaction sees it."""
        ready = execute(_READY, (model_id, kind)).fetchone()
        if (ready and ready[0]) != (self._lists and self._lists[0]):
            self._lists = None if ready is None else (ready[0], _centroids(execute, ready[0]))
            self._newer = GrowingIndex(after=ready[1] if ready else 0)
        newer = self._newer.refreshed(execute, model_id, kind)
        if self._lists is None:
            return newer
        return InvertedLists(execute, model_id, kind, *self._lists, newer)


def _centroids(execute: Execute, index_id: int) -> Floats:
    [(dimensions, centroids)] = execute(_CENTROIDS, (index_id,))
    return np.frombuffer(centroids, "<f4").reshape(-1, dimensions)
