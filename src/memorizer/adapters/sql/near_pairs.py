"""Which of some memories say nearly the same, by the vectors of their first chunks."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

COMPARED_CHUNKS: Final = 4
"""Of a long text; each is compared with the other text's chunk at the same place."""


def near_places(
    count: int, chunks: Iterable[tuple[int, int, bytes]], threshold: float
) -> list[tuple[int, int]]:
    """Pairs of places below `count` of memories with at least this cosine in all of their chunks.

    `chunks`: the place of a memory, the number of a chunk, and its unit vector (float32).
    """
    import numpy as np  # noqa: PLC0415 - 12 MB, which wait for the first search

    by_number: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for place, number, vector in chunks:
        by_number[number].append((place, vector))
    is_near = np.zeros((count, count), bool)
    for number, some in sorted(by_number.items()):
        places = np.array([place for place, _ in some])
        vectors = np.frombuffer(b"".join(vector for _, vector in some), "<f4")
        unit = vectors.reshape(len(some), -1)
        both = np.ix_(places, places)
        cosines = unit @ unit.T >= threshold
        is_near[both] = cosines if number == 0 else is_near[both] & cosines
    one, other = np.nonzero(np.triu(is_near, 1))
    return list(zip(one.tolist(), other.tolist(), strict=True))
