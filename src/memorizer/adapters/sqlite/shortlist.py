"""Finding candidate vectors fast: one byte per dimension, compared in memory.

First by signs: those of two vectors differ in about (angle / pi) x dimensions places (Charikar,
STOC 2002), which takes 4 ns a vector to count. Of the nearest eighth the cosines of the bytes are
computed; the caller scores the best of these exactly. docs/decisions/0004 has the figures.

An index only grows: rows are read from the table by ascending number. Rows deleted since are
noticed by the caller, whose exact scoring no longer finds them, and leave at the next reload.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.memories import Vector

NEAR_SHARE: Final = 8
"""The nearest by signs of which the bytes are compared: an eighth, but at least LEAST_NEAR.
Of the ten nearest to a short query among 100,000 vectors it holds 9.9, a fortieth holds 9.5."""
LEAST_NEAR: Final = 2_000
BLOCK: Final = 1_024
"""Vectors whose bytes are made floats at a time: they stay in the processor's cache."""

Ids = NDArray[np.int64]
Codes = NDArray[np.int8]
Signs = NDArray[np.uint64]
Floats = NDArray[np.float32]


def code_of(vector: Vector) -> bytes:
    """One signed byte per dimension; the largest becomes 127."""
    floats = np.frombuffer(vector, "<f4")
    code: Codes = np.rint(floats * (127 / np.abs(floats).max())).astype(np.int8)
    return code.tobytes()


@dataclass(frozen=True, slots=True)
class Shortlist:
    """The codes of one model's vectors of one kind, as they were at one moment."""

    ids: Ids
    codes: Codes
    lengths: Floats
    signs: Signs
    """One row for each eight bytes of the signs, not for each vector: six times faster to scan."""

    def nearest(self, vector: Vector, allowed: Ids | None, *, take: int) -> Iterator[list[int]]:
        """Row numbers, nearest first, in rounds of growing size until none are left.

        `allowed` holds the only row numbers that count, ascending; None allows all.
        """
        query = np.frombuffer(vector, "<f4")
        by_signs = self._by_signs(query, allowed)
        near = max(LEAST_NEAR, len(by_signs) // NEAR_SHARE)
        places = np.concatenate([self._by_bytes(query, by_signs[:near]), by_signs[near:]])
        while len(places):
            yield self.ids[places[:take]].tolist()
            places, take = places[take:], take * 4

    def _by_signs(self, query: Floats, allowed: Ids | None) -> Ids:
        """Places of all that are allowed, those first whose signs differ least."""
        signs, places = self.signs, np.arange(len(self.ids))
        if allowed is not None:
            places = places[np.isin(self.ids, allowed, assume_unique=True)]
            signs = signs[:, places]
        differing = np.bitwise_count(signs ^ _signs(query[np.newaxis]))
        return places[np.argsort(differing.sum(0, dtype=np.uint16), kind="stable")]

    def _by_bytes(self, query: Floats, places: Ids) -> Ids:
        """The same places, the largest cosine first."""
        blocks = (places[start : start + BLOCK] for start in range(0, len(places), BLOCK))
        products = [self.codes[block].astype(np.float32) @ query for block in blocks]
        cosines = np.concatenate(products) / self.lengths[places] if products else query[:0]
        return places[np.argsort(-cosines)]


class _Growing:
    """A shortlist to which rows are appended; what was handed out stays as it is."""

    def __init__(self) -> None:
        self._count = 0
        self._arrays: Shortlist | None = None

    def refreshed(self, execute: Execute, model_id: int, kind: str) -> Shortlist:
        """With the rows that were added since."""
        last = int(self._arrays.ids[self._count - 1]) if self._arrays else 0
        rows = execute(
            "SELECT id, code FROM embeddings WHERE model_id = ? AND kind = ? AND id > ?"
            " ORDER BY id",
            (model_id, kind, last),
        ).fetchall()
        if rows:
            codes = np.frombuffer(b"".join(code for _, code in rows), np.int8)
            ids = np.fromiter((id_ for id_, _ in rows), np.int64)
            self._append(ids, codes.reshape(len(rows), -1))
        return self._seen()

    def _append(self, ids: Ids, codes: Codes) -> None:
        arrays = self._with_room(self._count + len(ids), codes.shape[1])
        new = slice(self._count, self._count + len(ids))
        arrays.ids[new] = ids
        arrays.codes[new] = codes
        arrays.lengths[new] = np.sqrt(np.einsum("ij,ij->i", codes, codes, dtype=np.int32))
        arrays.signs[:, new] = _signs(codes)
        self._arrays, self._count = arrays, new.stop

    def _with_room(self, count: int, dimensions: int) -> Shortlist:
        """Twice as large when full, so that appending costs little on average."""
        old = self._arrays
        if old is not None and count <= len(old.ids):
            return old
        room = max(count, 2 * self._count)
        new = _empty(room, dimensions)
        if old is not None:
            new.ids[: self._count] = old.ids[: self._count]
            new.codes[: self._count] = old.codes[: self._count]
            new.lengths[: self._count] = old.lengths[: self._count]
            new.signs[:, : self._count] = old.signs[:, : self._count]
        return new

    def _seen(self) -> Shortlist:
        all_, n = self._arrays or _empty(0, 0), self._count
        return Shortlist(all_.ids[:n], all_.codes[:n], all_.lengths[:n], all_.signs[:, :n])


class Shortlists:
    """Those in use, shared by the connections of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_key: dict[tuple[int, str], _Growing] = {}

    def fresh(self, execute: Execute, model_id: int, kind: str) -> Shortlist:
        """The shortlist with all rows the caller's transaction can see."""
        with self._lock:
            self._drop_others(model_id)
            growing = self._by_key.setdefault((model_id, kind), _Growing())
            return growing.refreshed(execute, model_id, kind)

    def reload(self, model_id: int, kind: str) -> None:
        """Forget a shortlist that holds many deleted rows; the next use reads it anew."""
        with self._lock:
            self._by_key.pop((model_id, kind), None)

    def _drop_others(self, model_id: int) -> None:
        for key in [key for key in self._by_key if key[0] != model_id]:
            del self._by_key[key]


def _signs(codes: NDArray[np.int8 | np.float32]) -> Signs:
    """Whether each is positive: one bit each, in columns of eight-byte words."""
    bits = np.packbits(codes > 0, axis=1)
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
    return padded.view(np.uint64).T


def _empty(count: int, dimensions: int) -> Shortlist:
    return Shortlist(
        np.empty(count, np.int64),
        np.empty((count, dimensions), np.int8),
        np.empty(count, np.float32),
        np.empty((-(-dimensions // 64), count), np.uint64),
    )
