"""The search for the vectors nearest to one.

Of equal vectors one has an entry in the index and leads to its copies
(unindexed_vectors.py), whether or not its own memory passes the filter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import Where
from memorizer.domain.embeddings import EmbeddingModel, VectorKind
from memorizer.domain.memories import Vector
from memorizer.domain.search import Candidate

MAX_INDEXED_DIMENSIONS: Final = 4_000
"""What pgvector can index in half precision; longer vectors are compared one by one."""
_INDEXED: Final = "e.is_indexed"
_PENDING: Final = "NOT e.is_indexed AND NOT e.is_copy"

CountedCandidates = tuple[list[Candidate], int]
"""Memories by the cosine of their best vector, and how many indexed vectors were read."""


@dataclass(frozen=True, slots=True)
class NearestQuery:
    """One search; counts indexed rows read, to detect an HNSW scan that stopped early."""

    execute: Execute
    model: EmbeddingModel
    kind: VectorKind
    vector: Vector
    condition: Where
    matches_nearly_all: bool
    """Whether nearly all memories match the condition."""
    is_scoped: bool
    """Whether memories are hidden whose vectors stand in the index for those of others."""

    def approximate(self, take: int) -> CountedCandidates:
        """By the HNSW index in half precision, with pending vectors and copies compared exactly."""
        if self.model.dimensions > MAX_INDEXED_DIMENSIONS:
            return self.exact(take)
        half = f"::halfvec({self.model.dimensions})"
        if self.matches_nearly_all:
            entries = self._entries(take, _INDEXED, counted=1, half=half)
            return self._with_copies(take, entries, self._pending(take))
        pending = self._entries(take, _PENDING, counted=0)
        matching = self._matching(take, f" AND {_INDEXED}", counted=1, half=half)
        found, rows = self._with_copies(take, matching, pending)
        if rows < take or not self._are_there_copies():
            return found, rows
        return self._with_copies(take, self._entries(take, _INDEXED, counted=1, half=half), pending)

    def exact(self, take: int) -> CountedCandidates:
        """By comparing every vector."""
        return self._best(self._matching(take, "", counted=1))

    def _matching(self, take: int, which: str, *, counted: int, half: str = "") -> Where:
        """Vectors of memories that match the condition; the planner may begin with these."""
        return Where(
            f"(SELECT m.id, e.vector, {counted} AS counted, e.digest FROM {self._vectors}{which}"
            f" AND {self.condition.sql} ORDER BY {_distance(half)} LIMIT ?)",
            (*self.condition.values, self.vector, take),
        )

    def _entries(self, take: int, which: str, *, counted: int, half: str = "") -> Where:
        """Vectors of such memories; with a null id also those that only have matching copies."""
        join = "LEFT JOIN" if self.is_scoped else "JOIN"
        return Where(
            f"(SELECT CASE WHEN {self._passes} THEN m.id END AS id, e.vector, {counted} AS counted,"
            f" e.digest FROM embeddings e {join} memories m ON m.seq = e.memory_seq"
            f" WHERE e.model_id = {self.model.id} AND e.kind = '{self.kind}' AND {which} AND"
            f" ({self._passes} OR has_visible_copies({self.model.id}, '{self.kind}', e.digest))"
            f" ORDER BY {_distance(half)} LIMIT ?)",
            (*self.condition.values, *self.condition.values, self.vector, take),
        )

    def _pending(self, take: int) -> Where:
        """Pending vectors; the condition is applied last, where it costs the least."""
        return Where(
            f"(SELECT CASE WHEN {self._passes} THEN m.id END AS id, e.vector, 0 AS counted,"
            " e.digest FROM (SELECT memory_seq, vector, digest FROM embeddings e"
            f" WHERE model_id = {self.model.id} AND kind = '{self.kind}' AND {_PENDING}"
            f" ORDER BY {_distance()} LIMIT ?) e JOIN memories m ON m.seq = e.memory_seq)",
            (*self.condition.values, self.vector, take),
        )

    def _are_there_copies(self) -> bool:
        [(answer,)] = self.execute(f"SELECT EXISTS (SELECT 1 FROM {self._vectors} AND e.is_copy)")
        return bool(answer)

    @property
    def _passes(self) -> str:
        is_seen = "m.seq IS NOT NULL AND " if self.is_scoped else ""
        return f"({is_seen}m.deleted_at IS NULL AND {self.condition.sql})"

    @property
    def _vectors(self) -> str:
        return (
            "embeddings e JOIN visible_memories m ON m.seq = e.memory_seq"
            f" WHERE e.model_id = {self.model.id} AND e.kind = '{self.kind}'"
        )

    def _with_copies(self, take: int, *parts: Where) -> CountedCandidates:
        entries, copies = _union(parts), self._copies(take)
        near = f"SELECT * FROM entries UNION ALL {copies.sql}"
        return self._ranked(
            f"entries AS MATERIALIZED ({entries.sql}), near AS MATERIALIZED ({near})",
            (*entries.values, *copies.values),
        )

    def _copies(self, take: int) -> Where:
        """Return the newest copies of the nearest entries.

        One way is left to the planner: while its statistics know nothing of copies, it would go
        through all memories for each.
        """
        return Where(
            "(SELECT copy.id, copy.vector, 0 AS counted, NULL::bytea AS digest FROM ("
            "SELECT digest, min(vector <=> ?::vector) AS distance FROM entries"
            " WHERE digest IS NOT NULL GROUP BY digest) entry CROSS JOIN LATERAL ("
            "SELECT m.id, e.vector FROM (SELECT memory_seq, vector FROM embeddings"
            f" WHERE model_id = {self.model.id} AND kind = '{self.kind}'"
            " AND is_copy AND digest = entry.digest ORDER BY memory_seq DESC) e"
            f" CROSS JOIN LATERAL (SELECT m.id, {self._passes} AS fits FROM memories m"
            " WHERE m.seq = e.memory_seq OFFSET 0) m WHERE m.fits LIMIT ?) copy"
            " ORDER BY entry.distance LIMIT ?)",
            (self.vector, *self.condition.values, take, take),
        )

    def _best(self, part: Where) -> CountedCandidates:
        return self._ranked(f"near AS MATERIALIZED ({part.sql})", part.values)

    def _ranked(self, queries: str, values: Sequence[object]) -> CountedCandidates:
        rows = self.execute(
            f"WITH {queries} SELECT id, max(1 - (vector <=> ?::vector)) AS cosine, sum(counted)"
            " FROM near GROUP BY id ORDER BY cosine DESC, id DESC",
            # vectors are the only bytes among these
            [array_of(Vector(v)) if isinstance(v, bytes) else v for v in (*values, self.vector)],
        ).fetchall()
        found = [Candidate(id_, float(cosine)) for id_, cosine, _ in rows if id_ is not None]
        return found, sum(counted for *_, counted in rows)


def array_of(vector: Vector) -> NDArray[np.float32]:
    """Return a vector as pgvector takes it: float32."""
    return np.frombuffer(vector, dtype="<f4")


def _distance(half: str = "") -> str:
    """Return what to order by: newest first among equal vectors, unless an index decides."""
    newest = "" if half else ", e.memory_seq DESC"
    return f"e.vector{half} <=> ?::vector{half}{newest}"


def _union(parts: Sequence[Where]) -> Where:
    return Where(
        " UNION ALL ".join(part.sql for part in parts),
        tuple(value for part in parts for value in part.values),
    )
