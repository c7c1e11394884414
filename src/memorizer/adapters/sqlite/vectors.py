"""Vectors, and the nearest of them: candidates of the quantized index, ranked by exact cosine."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import where
from memorizer.adapters.sql.near_pairs import COMPARED_CHUNKS, near_places
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.vector_indexes import QuantizedIndexes
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, VectorKind
from memorizer.domain.memories import MAX_VERSION, Filter, Vector
from memorizer.domain.search import Candidate

if TYPE_CHECKING:
    from memorizer.adapters.sqlite.quantized_index import Ids

STALE_SHARE: Final = 0.25
"""Share of candidates found deleted at which the index is read again."""
AMONG_MANY: Final = (3, 100)
"""Vectors scored exactly, per memory wanted and at least: the bits put the best ten among the first
100, and some vectors belong to one memory, or to a hidden one."""
AMONG_FEW: Final = (2, 60)
"""The same where all bits of all vectors are compared, and none is hidden."""

_SCORE: Final = """
SELECT m.seq, 1 - vec_distance_cosine(e.vector, ?)
FROM json_each(?) wanted
CROSS JOIN embeddings e ON e.id = wanted.value
CROSS JOIN visible_memories m ON m.seq = e.memory_seq
WHERE
"""
_SCORE_ALLOWED: Final = """
SELECT e.memory_seq, 1 - vec_distance_cosine(e.vector, ?)
FROM json_each(?) wanted CROSS JOIN embeddings e ON e.id = wanted.value
"""
_IDS: Final = """
SELECT m.seq, m.id FROM json_each(?) wanted CROSS JOIN visible_memories m ON m.seq = wanted.value
"""
_SIMILARITIES: Final = """
SELECT m.id, max(1 - vec_distance_cosine(e.vector, ?))
FROM json_each(?) wanted
CROSS JOIN visible_memories m ON m.id = wanted.value
CROSS JOIN embeddings e ON e.memory_seq = m.seq AND e.model_id = ?
GROUP BY m.id
"""
_FIRST_CHUNKS: Final = """
SELECT wanted.key, e.chunk_no, e.vector
FROM json_each(?) wanted
CROSS JOIN visible_memories m ON m.id = wanted.value
CROSS JOIN embeddings e
  ON e.memory_seq = m.seq AND e.model_id = ? AND e.kind = 'content' AND e.chunk_no < ?
"""
_NEAREST_CHUNKS: Final = """
SELECT m.id, e.chunk_no, count(*), min(vec_distance_cosine(e.vector, ?))
FROM json_each(?) wanted
CROSS JOIN visible_memories m ON m.id = wanted.value
CROSS JOIN embeddings e ON e.memory_seq = m.seq AND e.model_id = ? AND e.kind = 'content'
GROUP BY m.id
"""
"""Of a row with min(), SQLite takes the other columns from the row that has it."""


class SqliteVectorPartitions:
    """Implements adapters.sql.models.VectorPartitions; locks nothing, for writes never overlap."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def create_partition(self, model: EmbeddingModel) -> None:
        """All models share one table."""

    def purge_retired(self, *, limit: int) -> int:
        gone = self._execute(
            "DELETE FROM embeddings WHERE id IN (SELECT e.id FROM embedding_models r"
            " CROSS JOIN embeddings e ON e.model_id = r.id WHERE r.state = 'retired' LIMIT ?)"
            " RETURNING 1",
            (limit,),
        ).fetchall()
        if not gone:
            self._execute("DELETE FROM embedding_models WHERE state = 'retired'")
        return len(gone)

    def index_pending(self, *, limit: int) -> int:
        """Every process has its own index of all vectors."""
        return 0

    def lock_shared(self) -> bool:
        return False  # these rows are used again in later transactions

    def lock_exclusive(self) -> None: ...


class VectorRows:
    """Implements ports.search.Vectors."""

    def __init__(
        self, execute: Execute, indexes: QuantizedIndexes, *, is_scoped: bool = False
    ) -> None:
        self._execute = execute
        self._is_scoped = is_scoped
        self._indexes = indexes
        self.snapshot: object = None
        """Differs for all that a transaction may see, if nothing changes it meanwhile."""
        self._known: tuple[object, Ids | None] = (None, None)

    def put(self, model: EmbeddingModel, vectors: MemoryVectors) -> None:
        self._execute(
            "DELETE FROM embeddings WHERE model_id = ? AND memory_seq ="
            " (SELECT seq FROM memories WHERE id = ?)",
            (model.id, vectors.memory_id),
        )
        for number, vector in enumerate(vectors.content):
            self._insert(model, vectors, VectorKind.CONTENT, number, vector)
        self._insert(model, vectors, VectorKind.METADATA, 0, vectors.metadata)

    def _insert(
        self,
        model: EmbeddingModel,
        of: MemoryVectors,
        kind: VectorKind,
        number: int,
        vector: Vector,
    ) -> None:
        from memorizer.adapters.sqlite.quantized_index import code_of  # noqa: PLC0415 - numpy

        self._execute(
            "INSERT INTO embeddings (memory_seq, model_id, kind, chunk_no, version, code, vector)"
            " SELECT seq, ?, ?, ?, ?, ?, ? FROM memories WHERE id = ?",
            (model.id, kind, number, of.version, code_of(vector), vector, of.memory_id),
        )

    def remove(self, memory_id: str, *, upto: int | None = None) -> None:
        self._execute(
            "DELETE FROM embeddings WHERE memory_seq = (SELECT seq FROM memories WHERE id = ?)"
            " AND version <= ?",
            (memory_id, MAX_VERSION if upto is None else upto),
        )

    def missing(self, model: EmbeddingModel, *, limit: int) -> list[str]:
        rows = self._execute(
            "SELECT m.id FROM visible_memories m WHERE m.embedding_status <> 'failed'"
            " AND NOT EXISTS (SELECT 1 FROM embeddings e"
            " WHERE e.memory_seq = m.seq AND e.model_id = ? AND e.version = m.version)"
            " ORDER BY m.id LIMIT ?",
            (model.id, limit),
        )
        return [str(id_) for (id_,) in rows]

    def content_of(self, model: EmbeddingModel, memory_id: str) -> Sequence[Vector]:
        rows = self._execute(
            "SELECT e.vector FROM visible_memories m JOIN embeddings e ON e.memory_seq = m.seq"
            " WHERE m.id = ? AND e.model_id = ? AND e.kind = 'content' ORDER BY e.chunk_no",
            (memory_id, model.id),
        )
        return [Vector(vector) for (vector,) in rows]

    def nearest(
        self,
        model: EmbeddingModel,
        kind: VectorKind,
        vector: Vector,
        filter_: Filter,
        *,
        limit: int,
        threshold: float | None = None,
    ) -> list[Candidate]:
        index = self._indexes.up_to_date(self._execute, model.id, kind)
        if index is None:
            return []
        sees_nearly_all = filter_.is_default and not self._is_scoped
        allowed = None if sees_nearly_all else self._allowed(filter_, index.max_allowed)
        if allowed is not None and len(allowed) > index.max_allowed:
            allowed = None
        are_few = allowed is not None and index.reranks_all(allowed)
        per_memory, least = AMONG_FEW if are_few else AMONG_MANY
        take = max(least, per_memory * limit)
        best: dict[int, float] = {}
        is_checked = allowed is None and not sees_nearly_all
        rounds = index.nearest(vector, allowed, take=take, is_checked=is_checked)
        for round_number, ids in enumerate(rounds):
            scored = self._score(vector, ids, filter_ if allowed is None else None)
            for seq, cosine in scored:
                best[seq] = max(cosine, best.get(seq, -1.0))
            if round_number == 0 and not is_checked and len(scored) < len(ids) * (1 - STALE_SHARE):
                self._indexes.reload(model.id, kind)
            if len(best) >= (take if is_checked else limit):
                break
        ranked = sorted(best.items(), key=lambda item: (item[1], item[0]), reverse=True)[:limit]
        ids_ = dict(self._execute(_IDS, (json.dumps([seq for seq, _ in ranked]),)).fetchall())
        found = [Candidate(ids_[seq], cosine) for seq, cosine in ranked]
        return [c for c in found if threshold is None or c.score >= threshold]

    def similarities(
        self, model: EmbeddingModel, vector: Vector, memory_ids: Sequence[str]
    ) -> Mapping[str, float]:
        values = (vector, json.dumps(list(memory_ids)), model.id)
        return dict(self._execute(_SIMILARITIES, values).fetchall()) if memory_ids else {}

    def near_pairs(
        self, model: EmbeddingModel, memory_ids: Sequence[str], *, threshold: float
    ) -> list[tuple[str, str]]:
        values = (json.dumps(list(memory_ids)), model.id, COMPARED_CHUNKS)
        rows = self._execute(_FIRST_CHUNKS, values).fetchall()
        places = near_places(len(memory_ids), rows, threshold)
        return [(memory_ids[one], memory_ids[other]) for one, other in places]

    def nearest_chunks(
        self, model: EmbeddingModel, vector: Vector, memory_ids: Sequence[str]
    ) -> Mapping[str, tuple[int, int]]:
        values = (vector, json.dumps(list(memory_ids)), model.id)
        rows = self._execute(_NEAREST_CHUNKS, values)
        return {memory_id: (place, count) for memory_id, place, count, _ in rows}

    def _allowed(self, filter_: Filter, most: int) -> "Ids":
        """Return the memories that pass the filter, up to one more than `most` of them.

        Both kinds of vectors of one search share them.
        """
        import numpy as np  # noqa: PLC0415 - heavy

        snapshot, known = self._known
        wanted = (self.snapshot, filter_, most)
        if known is None or self.snapshot is None or snapshot != wanted:
            condition = where(filter_, SQLITE)
            [(numbers,)] = self._execute(
                "SELECT group_concat(seq) FROM"
                f" (SELECT m.seq FROM visible_memories m WHERE {condition.sql} LIMIT ?)",
                (*condition.values, most + 1),
            )
            known = np.fromstring(numbers or "", np.int64, sep=",")
            self._known = (wanted, known)
        return known

    def _score(
        self, vector: Vector, ids: Sequence[int], filter_: Filter | None
    ) -> list[tuple[int, float]]:
        """Return the exact cosine of each row that still exists and passes the filter."""
        if filter_ is None:
            return self._execute(_SCORE_ALLOWED, (vector, json.dumps(ids))).fetchall()
        condition = where(filter_, SQLITE)
        values = (vector, json.dumps(ids), *condition.values)
        return self._execute(f"{_SCORE} {condition.sql}", values).fetchall()
