"""Finding candidate vectors fast: one bit per dimension, compared in memory.

The sign bits of two unit vectors differ in about (angle / pi) x dimensions places (Charikar,
STOC 2002), so the nearest by bits hold the nearest by cosine if enough are taken; the caller
scores those exactly. docs/decisions/0004 has the figures against a scan by sqlite-vec.

An index only grows: rows are read from the table by ascending number. Rows deleted since are
noticed by the caller, whose exact scoring no longer finds them, and leave at the next reload.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.sqlite.filters import Execute
from memorizer.domain.memories import Vector

FIRST_TAKE: Final = 400
"""Candidates of the first round: recall@10 was 1.0 with 400 of 100,000, 0.95 with 200."""

Ids = NDArray[np.int64]
Codes = NDArray[np.uint64]


def code_of(vector: Vector) -> bytes:
    """One bit per dimension, set where the value is positive, padded to 8-byte words."""
    signs = np.frombuffer(vector, dtype="<f4") > 0
    packed = np.packbits(signs).tobytes()
    return packed.ljust(-(-len(packed) // 8) * 8, b"\0")


@dataclass(slots=True)
class Shortlist:
    """The codes of one model's vectors of one kind, ordered by row number."""

    model_id: int
    kind: str
    ids: Ids = field(default_factory=lambda: np.empty(0, np.int64))
    codes: Codes = field(default_factory=lambda: np.empty((0, 0), np.uint64))

    def refresh(self, execute: Execute) -> None:
        """Read the rows that were added since."""
        last = int(self.ids[-1]) if len(self.ids) else 0
        rows = execute(
            "SELECT id, code FROM embeddings WHERE model_id = ? AND kind = ? AND id > ?"
            " ORDER BY id",
            (self.model_id, self.kind, last),
        ).fetchall()
        if not rows:
            return
        new_codes = np.frombuffer(b"".join(code for _, code in rows), dtype=np.uint64)
        new_codes = new_codes.reshape(len(rows), -1)
        self.codes = np.concatenate([self.codes, new_codes]) if len(self.ids) else new_codes
        self.ids = np.concatenate([self.ids, np.fromiter((i for i, _ in rows), np.int64)])

    def nearest(self, code: bytes, allowed: Ids | None) -> Iterator[list[int]]:
        """Row numbers in rounds of growing size, nearest by bits first, until none are left.

        `allowed` holds the only row numbers that count, ascending; None allows all.
        """
        ids, codes = self.ids, self.codes
        if allowed is not None:
            places = np.searchsorted(ids, allowed)
            places = places[places < len(ids)]
            places = places[np.isin(ids[places], allowed)]
            ids, codes = ids[places], codes[places]
        if not len(ids):
            return
        distances = np.bitwise_count(codes ^ np.frombuffer(code, np.uint64)).sum(1, dtype=np.uint16)
        take = min(FIRST_TAKE, len(ids))
        first = np.argpartition(distances, take - 1)[:take]
        yield ids[first].tolist()
        rest = np.delete(np.arange(len(ids)), first)
        rest = rest[np.argsort(distances[rest])]
        while len(rest):
            take *= 4
            yield ids[rest[:take]].tolist()
            rest = rest[take:]


class Shortlists:
    """Those in use, shared by the connections of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_key: dict[tuple[int, str], Shortlist] = {}

    def fresh(self, execute: Execute, model_id: int, kind: str) -> Shortlist:
        """The shortlist with all rows the caller's transaction can see."""
        with self._lock:
            self._drop_others(model_id)
            shortlist = self._by_key.setdefault((model_id, kind), Shortlist(model_id, kind))
            shortlist.refresh(execute)
            # a frozen view: other threads may go on to append
            return Shortlist(model_id, kind, shortlist.ids, shortlist.codes)

    def reload(self, model_id: int, kind: str) -> None:
        """Forget a shortlist that holds many deleted rows; the next use reads it anew."""
        with self._lock:
            self._by_key.pop((model_id, kind), None)

    def _drop_others(self, model_id: int) -> None:
        for key in [key for key in self._by_key if key[0] != model_id]:
            del self._by_key[key]
