"""Vectors as rows of pgvector; the nearest by an HNSW index per model, then exactly."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from memorizer.adapters.postgres import small_scope
from memorizer.adapters.postgres.dialect import READING
from memorizer.adapters.postgres.nearest import MAX_INDEXED_DIMENSIONS, NearestQuery, array_of
from memorizer.adapters.postgres.unindexed_vectors import (
    IS_PENDING,
    UnindexedVectors,
    index_vectors,
)
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import where
from memorizer.adapters.sql.near_pairs import COMPARED_CHUNKS, near_places
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, VectorKind
from memorizer.domain.memories import MAX_VERSION, Filter, Vector
from memorizer.domain.search import Candidate

VECTORS_PER_MEMORY: Final = 2
"""Vectors read from the index per memory wanted: some belong to one memory, or are hidden."""
HNSW_PARAMETERS: Final = "m = 32, ef_construction = 128"
"""Twice pgvector's defaults. Of the nearest ten among 200,000 near twins these find 99 %,
the usual ones 91 %, both with an `hnsw.ef_search` of 400; storing costs twice as much."""
_MODEL_LOCK: Final = 0x6D656D02  # an advisory lock


class PostgresVectorPartitions:
    """Implements adapters.sql.models.VectorPartitions: a partition per model."""

    def __init__(self, execute: Execute, *, writing: bool) -> None:
        self._execute = execute
        self._writing = writing

    def create_partition(self, model: EmbeddingModel) -> None:
        table, length = _table(model.id), model.dimensions
        self._execute(
            f"CREATE TABLE {table} (LIKE embeddings INCLUDING ALL,"
            f" CHECK (model_id = {model.id}), CHECK (vector_dims(vector) = {length}))"
        )
        self._execute(
            f"CREATE INDEX {table}_fresh ON {table} (kind, memory_seq) WHERE {IS_PENDING}"
        )
        if length <= MAX_INDEXED_DIMENSIONS:
            for kind in VectorKind:
                self._execute(
                    f"CREATE INDEX {table}_{kind} ON {table} USING hnsw"
                    f" ((vector::halfvec({length})) halfvec_cosine_ops) WITH ({HNSW_PARAMETERS})"
                    f" WHERE kind = '{kind}' AND is_indexed"
                )
        self._execute(f"ALTER TABLE embeddings ATTACH PARTITION {table} FOR VALUES IN ({model.id})")

    def purge_retired(self, *, limit: int) -> int:
        row = self._execute(
            "SELECT id FROM embedding_models WHERE state = 'retired' ORDER BY id LIMIT 1"
            " FOR UPDATE SKIP LOCKED"
        ).fetchone()
        if row is None:
            return 0
        table = _table(row[0])
        # searches queue up behind a DROP that waits for one of them: better to retry later
        self._execute("SET LOCAL lock_timeout = '1s'")
        [(gone,)] = self._execute(f"SELECT count(*) FROM {table}")
        self._execute(f"DROP TABLE {table}")
        self._execute("DELETE FROM embedding_models WHERE id = ?", row)
        return int(gone)

    def index_pending(self, *, limit: int) -> int:
        models = self._execute(
            "SELECT id FROM embedding_models WHERE state IN ('active', 'building') ORDER BY id"
        ).fetchall()
        done = 0
        for (model_id,) in models:
            done += index_vectors(self._execute, _table(model_id), limit=limit - done)
        return done

    def lock_shared(self) -> bool:
        if self._writing:
            self._execute("SELECT pg_advisory_xact_lock_shared(?)", (_MODEL_LOCK,))
        return True  # these rows are of one transaction

    def lock_exclusive(self) -> None:
        self._execute("SELECT pg_advisory_xact_lock(?)", (_MODEL_LOCK,))


class VectorRows:
    """Implements ports.search.Vectors."""

    def __init__(
        self, execute: Execute, unindexed: UnindexedVectors, *, is_scoped: bool = False
    ) -> None:
        self._execute = execute
        self._is_scoped = is_scoped
        self._unindexed = unindexed

    def put(self, model: EmbeddingModel, vectors: MemoryVectors) -> None:
        is_over_limit = self._unindexed.is_over_limit(self._execute)
        self._execute(
            f"DELETE FROM embeddings WHERE model_id = {model.id} AND memory_seq ="
            " (SELECT seq FROM memories WHERE id = ?)",
            (vectors.memory_id,),
        )
        rows = [
            (VectorKind.CONTENT, number, vector) for number, vector in enumerate(vectors.content)
        ]
        rows.append((VectorKind.METADATA, 0, vectors.metadata))
        marks = ", ".join(["(?, ?::integer, ?::vector)"] * len(rows))
        self._execute(
            "INSERT INTO embeddings"
            " (memory_seq, model_id, kind, chunk_no, version, is_indexed, vector)"
            " SELECT seq, ?, new.kind, new.chunk_no, ?, false, new.vector FROM memories,"
            f" (VALUES {marks}) AS new (kind, chunk_no, vector) WHERE id = ?",
            (
                model.id,
                vectors.version,
                *(value for kind, number, each in rows for value in (kind, number, array_of(each))),
                vectors.memory_id,
            ),
        )
        if is_over_limit:
            table, of = _table(model.id), vectors.memory_id
            index_vectors(self._execute, table, limit=len(rows), memory_id=of)

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
            f" WHERE e.memory_seq = m.seq AND e.model_id = {model.id} AND e.version = m.version)"
            " ORDER BY m.id LIMIT ?",
            (limit,),
        )
        return [str(id_) for (id_,) in rows]

    def content_of(self, model: EmbeddingModel, memory_id: str) -> Sequence[Vector]:
        rows = self._execute(
            "SELECT e.vector FROM visible_memories m JOIN embeddings e ON e.memory_seq = m.seq"
            f" WHERE m.id = ? AND e.model_id = {model.id} AND e.kind = 'content'"
            " ORDER BY e.chunk_no",
            (memory_id,),
        )
        return [Vector(bytes_of(vector)) for (vector,) in rows]

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
        found = self._in_small_scope(model, kind, vector, filter_, limit) if self._is_scoped else []
        found = found or self._in_whole_index(model, kind, vector, filter_, limit)
        return [c for c in found if threshold is None or c.score >= threshold]

    def _in_small_scope(
        self, model: EmbeddingModel, kind: VectorKind, vector: Vector, filter_: Filter, limit: int
    ) -> list[Candidate]:
        which = f"e.model_id = {model.id} AND e.kind = '{kind}'"
        condition = where(filter_, READING)
        return small_scope.nearest(self._execute, which, array_of(vector), condition, limit=limit)

    def _in_whole_index(
        self, model: EmbeddingModel, kind: VectorKind, vector: Vector, filter_: Filter, limit: int
    ) -> list[Candidate]:
        condition = where(filter_, READING)
        matches_nearly_all = filter_.is_default and not self._is_scoped
        search = NearestQuery(
            *(self._execute, model, kind, vector, condition, matches_nearly_all, self._is_scoped)
        )
        take = VECTORS_PER_MEMORY * limit
        found, rows = search.approximate(take)
        if rows < take:  # the index gave up before it had found enough that the filter lets through
            found, rows = search.exact(take)
        while len(found) < limit and rows == take:  # long texts have many vectors
            take *= 4
            found, rows = search.exact(take)
        return found[:limit]

    def similarities(
        self, model: EmbeddingModel, vector: Vector, memory_ids: Sequence[str]
    ) -> Mapping[str, float]:
        if not memory_ids:
            return {}
        rows = self._execute(
            "SELECT m.id, max(1 - (e.vector <=> ?::vector)) FROM visible_memories m"
            " JOIN embeddings e ON e.memory_seq = m.seq"
            f" WHERE m.id = ANY(?) AND e.model_id = {model.id} GROUP BY m.id",
            (array_of(vector), list(memory_ids)),
        )
        return {memory_id: float(cosine) for memory_id, cosine in rows}

    def near_pairs(
        self, model: EmbeddingModel, memory_ids: Sequence[str], *, threshold: float
    ) -> list[tuple[str, str]]:
        rows = self._execute(
            "SELECT wanted.place - 1, e.chunk_no, e.vector"
            " FROM unnest(?::text[]) WITH ORDINALITY AS wanted (id, place)"
            " JOIN visible_memories m ON m.id = wanted.id"
            " JOIN embeddings e ON e.memory_seq = m.seq"
            f" WHERE e.model_id = {model.id} AND e.kind = 'content' AND e.chunk_no < ?",
            (list(memory_ids), COMPARED_CHUNKS),
        )
        chunks = [(place, number, bytes_of(vector)) for place, number, vector in rows]
        places = near_places(len(memory_ids), chunks, threshold)
        return [(memory_ids[one], memory_ids[other]) for one, other in places]

    def nearest_chunks(
        self, model: EmbeddingModel, vector: Vector, memory_ids: Sequence[str]
    ) -> Mapping[str, tuple[int, int]]:
        rows = self._execute(
            "SELECT DISTINCT ON (m.id) m.id, e.chunk_no, count(*) OVER (PARTITION BY m.id)"
            " FROM visible_memories m JOIN embeddings e ON e.memory_seq = m.seq"
            f" WHERE m.id = ANY(?) AND e.model_id = {model.id} AND e.kind = 'content'"
            " ORDER BY m.id, e.vector <=> ?::vector, e.chunk_no",
            (list(memory_ids), array_of(vector)),
        )
        return {memory_id: (place, count) for memory_id, place, count in rows}


def bytes_of(vector: Any) -> bytes:
    """Return a vector as pgvector gives it, as little-endian float32."""
    return bytes(vector.to_numpy().astype("<f4").tobytes())


def _table(model_id: int) -> str:
    return f"embeddings_{model_id}"
