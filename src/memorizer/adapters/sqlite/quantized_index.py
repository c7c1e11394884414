"""Approximate nearest neighbours in memory: three bits per dimension, compared by popcount.

First by signs alone: how many differ from the query's where the query is large. Of the nearest
twentieth all three bits are multiplied with the query's, and the caller scores the best of these
exactly. docs/decisions/0004 has the figures.

An index only grows: rows are read from the table by ascending number. Rows deleted since are
noticed by the caller, whose exact scoring no longer finds them, and leave at the next reload.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.memories import Vector

RERANK_DIVISOR: Final = 20
"""One in so many candidates is re-ranked with all three bits, but at least MIN_RERANKED.
Of the ten nearest to a query among 100,000 vectors it holds 9.92."""
LARGE_VALUE_THRESHOLD: Final = 0.9
"""Signs are compared only in dimensions where |query| exceeds this multiple of its mean: half."""
MIN_RERANKED: Final = 2_000
BITS_PER_DIMENSION: Final = 3
"""Bits kept of each dimension, the sign first. With two, twice as many had to be scored exactly."""
LEVEL_STEP: Final = 0.6
"""Distance between the eight quantization levels, in multiples of the mean magnitude."""
_WEIGHTS: Final = np.array([4, 2, 1], np.float32)
_MIDDLE_LEVEL: Final = 3.5
"""The eight values are written as 0 to 7 and stand for -3.5 to 3.5."""
_QUERY_BIT_WEIGHTS: Final = (1, 2, 4, -8)
"""Bit weights of the query, a 4-bit two's-complement integer per dimension."""
_MAX_QUERY_LEVEL: Final = 7
ROWS_PER_READ: Final = 1_024
MAX_ALLOWED: Final = 2**31
"""No limit: an index in memory holds as many."""

Ids = NDArray[np.int64]
Codes = NDArray[np.int8]
Levels = NDArray[np.uint8]
Bits = NDArray[np.uint64]
Floats = NDArray[np.float32]


def code_of(vector: Vector) -> bytes:
    """One signed byte per dimension; the largest becomes 127."""
    floats = np.frombuffer(vector, "<f4")
    code: Codes = np.rint(floats * (127 / np.abs(floats).max())).astype(np.int8)
    return code.tobytes()


@dataclass(frozen=True, slots=True)
class QuantizedIndex:
    """A snapshot of the quantized vectors of one model and kind."""

    ids: Ids
    memories: Ids
    """The `seq` of the memory that each vector is of."""
    signs: Bits
    """One row for each eight bytes of the signs, not for each vector: six times faster to scan."""
    rest: Bits
    """The other bits, one row for each vector: only those of a few are looked at."""
    lengths: Floats
    """Of the vectors that all these bits stand for."""

    @property
    def max_allowed(self) -> int:
        """Of how many memories `nearest` takes the numbers."""
        return MAX_ALLOWED

    def nearest(
        self, vector: Vector, allowed: Ids | None, *, take: int, is_checked: bool = False
    ) -> Iterator[list[int]]:
        """Row numbers, nearest first, in rounds of growing size until none are left.

        `allowed`: the memories whose vectors count alone; None allows all. `is_checked`: many of
        what is returned will not count, which makes no difference here.
        """
        if not len(self.ids):
            return  # and nobody knows of how many dimensions
        query = np.frombuffer(vector, "<f4")
        by_signs = self._by_signs(query, None if allowed is None else self._positions(allowed))
        near = max(MIN_RERANKED, len(by_signs) // RERANK_DIVISOR)
        in_order = np.sort(by_signs[:near])  # as they lie in memory: a third less time
        for positions in (self._by_bits(query, in_order), by_signs[near:]):
            start = 0
            while start < len(positions):
                yield self.ids[positions[start : start + take]].tolist()
                start, take = start + take, take * 4

    def only(self, chosen: NDArray[np.bool_] | Ids) -> "QuantizedIndex":
        """Return these of the vectors: their places, or whether each is one of them."""
        return QuantizedIndex(
            self.ids[chosen],
            self.memories[chosen],
            self.signs[:, chosen],
            self.rest[chosen],
            self.lengths[chosen],
        )

    def packed(self) -> bytes:
        """All of it as bytes; `unpacked` reads them."""
        arrays = (self.ids, self.memories, self.signs, self.rest, self.lengths)
        return b"".join(array.tobytes() for array in arrays)

    def reranks_all(self, allowed: Ids) -> bool:
        """Whether the first round is the best by all bits, of memories with a vector each."""
        return len(allowed) <= MIN_RERANKED

    def _positions(self, memories: Ids) -> Ids:
        """Array positions of the vectors of these memories."""
        is_allowed = np.zeros(1 + max(self.memories.max(), memories.max(initial=0)), np.bool_)
        is_allowed[memories] = True
        return np.flatnonzero(is_allowed[self.memories])

    def _by_signs(self, query: Floats, positions: Ids | None) -> Ids:
        """Array positions, of all or of these, by ascending Hamming distance of their signs.

        Of so few that all are re-ranked, as they come.
        """
        if positions is None:
            return np.argsort(_hamming(query, self.signs), kind="stable")
        if len(positions) <= MIN_RERANKED:
            return positions
        signs = np.take(self.signs, positions, axis=1)
        return positions[np.argsort(_hamming(query, signs), kind="stable")]

    def _by_bits(self, query: Floats, positions: Ids) -> Ids:
        """Return the same positions, by descending cosine of the quantized vectors."""
        whole = np.rint(query * (_MAX_QUERY_LEVEL / np.abs(query).max())).astype(np.int8)
        # `take` is faster than an index, and a few long rows than many short ones
        signs, rest = self.signs.take(positions, axis=1), self.rest.take(positions, axis=0)
        bits = np.vstack([signs, rest.T])
        weights = np.repeat(_WEIGHTS, len(bits) // BITS_PER_DIMENSION)
        products = np.full(len(positions), -_MIDDLE_LEVEL * whole.sum(dtype=np.int32), np.float32)
        for weight in _QUERY_BIT_WEIGHTS:
            counts = np.bitwise_count(
                bits & np.tile(_pack_bits(whole & abs(weight)), BITS_PER_DIMENSION).T
            )
            products += (weight * weights) @ counts.astype(np.float32)
        return positions[np.argsort(-products / self.lengths[positions])]


def _hamming(query: Floats, signs: Bits) -> NDArray[np.unsignedinteger]:
    """How many signs differ from the query's where it is large; small numbers are sorted fast."""
    sizes = np.abs(query)
    large = sizes > LARGE_VALUE_THRESHOLD * sizes.mean()
    costs = np.zeros(signs.shape[1], np.min_scalar_type(np.count_nonzero(large)))
    differing = np.empty(signs.shape[1], np.uint64)  # one for all: a fifth less time
    for word, sign, counted in zip(
        signs, _pack_bits(query >= 0)[0], _pack_bits(large)[0], strict=True
    ):
        np.bitwise_xor(word, sign, out=differing)
        np.bitwise_and(differing, counted, out=differing)
        costs += np.bitwise_count(differing)
    return costs


def quantized(ids: Ids, memories: Ids, codes: Codes) -> QuantizedIndex:
    """Vectors with these numbers, of memories with these numbers."""
    levels = _quantize(codes)
    return QuantizedIndex(
        ids,
        memories,
        _pack_bits(levels & 4).T,
        np.hstack([_pack_bits(levels & weight) for weight in (2, 1)]),
        np.linalg.norm(levels - np.float32(_MIDDLE_LEVEL), axis=1),
    )


def unpacked(packed: bytes, words: int) -> QuantizedIndex:
    """Return what `packed` made of vectors whose signs are so many words."""
    size = 2 * 8 + BITS_PER_DIMENSION * words * 8 + 4
    count = len(packed) // size
    numbers = np.frombuffer(packed, "<i8", 2 * count)
    bits = np.frombuffer(packed, "<u8", BITS_PER_DIMENSION * words * count, 2 * 8 * count)
    return QuantizedIndex(
        numbers[:count],
        numbers[count:],
        bits[: words * count].reshape(words, count),
        bits[words * count :].reshape(count, (BITS_PER_DIMENSION - 1) * words),
        np.frombuffer(packed, "<f4", count, (size - 4) * count),
    )


def joined(parts: Sequence[QuantizedIndex]) -> QuantizedIndex:
    """All vectors of these, of which there is at least one."""
    return QuantizedIndex(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.memories for part in parts]),
        np.concatenate([part.signs for part in parts], axis=1),
        np.concatenate([part.rest for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )


class GrowingIndex:
    """An append-only index; snapshots handed out do not change."""

    def __init__(self, *, after: int = 0, room: int = 0) -> None:
        """`after`: the number after which rows are read; `room`: for how many there is room."""
        self._after = after
        self._count = 0
        self._expected = room
        self._arrays: QuantizedIndex | None = None

    def refreshed(self, execute: Execute, model_id: int, kind: str) -> QuantizedIndex:
        """Return a snapshot that includes the rows added since the last one."""
        last = int(self._arrays.ids[self._count - 1]) if self._arrays else self._after
        new = "FROM embeddings WHERE model_id = ? AND kind = ? AND id > ?"
        values = (model_id, kind, last)
        if self._arrays is None:  # room for all at once: memory that was outgrown is not given back
            [(self._expected,)] = execute(f"SELECT count(*) {new}", values)
        rows = iter(execute(f"SELECT id, memory_seq, code {new} ORDER BY id", values))
        while some := list(islice(rows, ROWS_PER_READ)):
            codes = np.frombuffer(b"".join(code for *_, code in some), np.int8)
            numbers = np.array([row[:2] for row in some], np.int64)
            self.append(numbers[:, 0], numbers[:, 1], codes.reshape(len(some), -1))
        return self.snapshot()

    def append(self, ids: Ids, memories: Ids, codes: Codes) -> None:
        """Add vectors; the numbers must be greater than those before."""
        arrays = self._with_capacity(self._count + len(ids), codes.shape[1])
        new = slice(self._count, self._count + len(ids))
        more = quantized(ids, memories, codes)
        arrays.ids[new] = more.ids
        arrays.memories[new] = more.memories
        arrays.signs[:, new] = more.signs
        arrays.rest[new] = more.rest
        arrays.lengths[new] = more.lengths
        self._arrays, self._count = arrays, new.stop

    def _with_capacity(self, count: int, dimensions: int) -> QuantizedIndex:
        """Arrays with capacity for `count` vectors; they double when full."""
        old = self._arrays
        if old is not None and count <= len(old.ids):
            return old
        new = _empty(max(count, 2 * self._count, self._expected), dimensions)
        if old is not None:
            new.ids[: self._count] = old.ids[: self._count]
            new.memories[: self._count] = old.memories[: self._count]
            new.signs[:, : self._count] = old.signs[:, : self._count]
            new.rest[: self._count] = old.rest[: self._count]
            new.lengths[: self._count] = old.lengths[: self._count]
        return new

    def snapshot(self) -> QuantizedIndex:
        """Return what there is now."""
        all_, n = self._arrays or _empty(0, 0), self._count
        numbers, signs = (all_.ids[:n], all_.memories[:n]), all_.signs[:, :n]
        return QuantizedIndex(*numbers, signs, all_.rest[:n], all_.lengths[:n])


def _quantize(codes: Codes) -> Levels:
    """Each dimension as one of eight values; from the fifth on it is positive."""
    floats = codes.astype(np.float32)
    steps = np.abs(floats).mean(1, keepdims=True) * np.float32(LEVEL_STEP)
    levels: Levels = np.clip(np.floor(floats / steps) + 4, 0, 7).astype(np.uint8)
    return levels


def _pack_bits(bits: NDArray[np.generic]) -> Bits:
    """One bit for each dimension, in eight-byte words, the last filled up; a row per vector."""
    packed = np.packbits(np.atleast_2d(bits).astype(bool), axis=1)
    words = np.zeros((len(packed), -(-packed.shape[1] // 8)), np.uint64)
    words.view(np.uint8)[:, : packed.shape[1]] = packed
    return words


def _empty(count: int, dimensions: int) -> QuantizedIndex:
    words = -(-dimensions // 64)
    return QuantizedIndex(
        np.empty(count, np.int64),
        np.empty(count, np.int64),
        np.empty((words, count), np.uint64),
        np.empty((count, (BITS_PER_DIMENSION - 1) * words), np.uint64),
        np.empty(count, np.float32),
    )
