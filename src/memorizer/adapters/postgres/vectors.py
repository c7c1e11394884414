"""Vectors as rows of pgvector; the nearest by an HNSW index per model, then exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from memorizer.adapters.postgres.fresh_vectors import FreshVectors, put_into_index
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import Where, where
from memorizer.domain.memories import Filter, Vector
from memorizer.domain.search import Candidate
from memorizer.ports.vectors import LATEST, EmbeddingModel, Kind, MemoryVectors

SPARE: Final = 2
"""Vectors taken from the index per memory wanted: some belong to one memory, or are hidden."""
GRAPH: Final = "m = 32, ef_construction = 128"
"""Of HNSW; twice pgvector's own. Of the nearest ten among 200,000 near twins these find 99 %,
the usual ones 91 %, both with an `hnsw.ef_search` of 400; storing costs twice as much."""
LARGEST_INDEXED: Final = 4_000
"""Dimensions that pgvector can index in half precision; longer vectors are compared one by one."""
_MODEL_LOCK: Final = 0x6D656D02  # an advisory lock


class PostgresSpace:
    """Fulfils adapters.sql.models.Space: a partition per model."""

    def __init__(self, execute: Execute, *, writing: bool) -> None:
        self._execute = execute
        self._writing = writing

    def found(self, model: EmbeddingModel) -> None:
        table, length = _table(model.id), model.dimensions
        self._execute(
            f"CREATE TABLE {table} (LIKE embeddings INCLUDING ALL,"
            f" CHECK (model_id = {model.id}), CHECK (vector_dims(vector) = {length}))"
        )
        self._execute(
            f"CREATE INDEX {table}_fresh ON {table} (kind, memory_seq) WHERE NOT is_indexed"
        )
        if length <= LARGEST_INDEXED:
            for kind in Kind:
                self._execute(
                    f"CREATE INDEX {table}_{kind} ON {table} USING hnsw"
                    f" ((vector::halfvec({length})) halfvec_cosine_ops) WITH ({GRAPH})"
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
        # searches queue up behind a DROP that waits for one of them: better to come again
        self._execute("SET LOCAL lock_timeout = '1s'")
        [(gone,)] = self._execute(f"SELECT count(*) FROM {table}")
        self._execute(f"DROP TABLE {table}")
        self._execute("DELETE FROM embedding_models WHERE id = ?", row)
        return int(gone)

    def index_fresh(self, *, limit: int) -> int:
        models = self._execute(
            "SELECT id FROM embedding_models WHERE state IN ('active', 'building') ORDER BY id"
        ).fetchall()
        done = 0
        for (model_id,) in models:
            done += put_into_index(self._execute, _table(model_id), limit=limit - done)
        return done

    def share(self) -> bool:
        if self._writing:
            self._execute("SELECT pg_advisory_xact_lock_shared(?)", (_MODEL_LOCK,))
        return True  # these rows are of one transaction

    def seize(self) -> None:
        self._execute("SELECT pg_advisory_xact_lock(?)", (_MODEL_LOCK,))


class VectorRows:
    """Fulfils ports.vectors.Vectors."""

    def __init__(self, execute: Execute, fresh: FreshVectors) -> None:
        self._execute = execute
        self._fresh = fresh

    def put(self, model: EmbeddingModel, vectors: MemoryVectors) -> None:
        self._execute(
            f"DELETE FROM embeddings WHERE model_id = {model.id} AND memory_seq ="
            " (SELECT seq FROM memories WHERE id = ?)",
            (vectors.memory_id,),
        )
        rows = [(Kind.CONTENT, number, vector) for number, vector in enumerate(vectors.content)]
        rows.append((Kind.METADATA, 0, vectors.metadata))
        marks = ", ".join(["(?, ?::integer, ?::vector)"] * len(rows))
        self._execute(
            "INSERT INTO embeddings"
            " (memory_seq, model_id, kind, chunk_no, version, is_indexed, vector)"
            " SELECT seq, ?, new.kind, new.chunk_no, ?, ?, new.vector FROM memories,"
            f" (VALUES {marks}) AS new (kind, chunk_no, vector) WHERE id = ?",
            (
                model.id,
                vectors.version,
                self._fresh.are_many(self._execute),
                *(value for kind, number, each in rows for value in (kind, number, _array(each))),
                vectors.memory_id,
            ),
        )

    def remove(self, memory_id: str, *, upto: int | None = None) -> None:
        self._execute(
            "DELETE FROM embeddings WHERE memory_seq = (SELECT seq FROM memories WHERE id = ?)"
            " AND version <= ?",
            (memory_id, LATEST if upto is None else upto),
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
        kind: Kind,
        vector: Vector,
        filter_: Filter,
        *,
        limit: int,
        threshold: float | None = None,
    ) -> list[Candidate]:
        condition = where(filter_)
        search = _Search(self._execute, model, kind, vector, condition, filter_.is_default)
        take = SPARE * limit
        found, rows = search.by_index(take)
        if rows < take:  # the index gave up before it had found enough that the filter lets through
            found, rows = search.exactly(take)
        while len(found) < limit and rows == take:  # long texts have many vectors
            take *= 4
            found, rows = search.exactly(take)
        return [c for c in found[:limit] if threshold is None or c.score >= threshold]


@dataclass(frozen=True, slots=True)
class _Search:
    """For the vectors nearest to one.

    Gives memories by the cosine of their best one, and how many vectors there were; fresh ones
    are not counted beside the index, so that it shows whether that gave up early.
    """

    execute: Execute
    model: EmbeddingModel
    kind: Kind
    vector: Vector
    condition: Where
    hides_little: bool
    """Whether nearly all memories fulfil the condition."""

    def by_index(self, take: int) -> tuple[list[Candidate], int]:
        """The nearest that are indexed, in half precision, and the nearest fresh ones."""
        if self.model.dimensions > LARGEST_INDEXED:
            return self.exactly(take)
        half = f"::halfvec({self.model.dimensions})"
        indexed = self._nearest(take, "e.is_indexed", counted=1, half=half)
        if self.hides_little:
            return self._best(indexed, self._nearest_fresh(take))
        return self._best(indexed, self._nearest(take, "NOT e.is_indexed", counted=0))

    def exactly(self, take: int) -> tuple[list[Candidate], int]:
        """Of all vectors, compared one by one."""
        return self._best(self._nearest(take, "true", counted=1))

    def _nearest(self, take: int, which: str, *, counted: int, half: str = "") -> Where:
        return Where(
            f"(SELECT m.id, e.vector, {counted} AS counted FROM {self._vectors} AND {which}"
            f" AND {self.condition.sql} ORDER BY e.vector{half} <=> ?::vector{half} LIMIT ?)",
            (*self.condition.values, self.vector, take),
        )

    def _nearest_fresh(self, take: int) -> Where:
        """The condition is looked at last: for every fresh vector it would cost most of all."""
        return Where(
            "(SELECT m.id, fresh.vector, 0 AS counted FROM (SELECT memory_seq, vector"
            f" FROM embeddings WHERE model_id = {self.model.id} AND kind = '{self.kind}'"
            " AND NOT is_indexed ORDER BY vector <=> ?::vector LIMIT ?) fresh"
            f" JOIN visible_memories m ON m.seq = fresh.memory_seq WHERE {self.condition.sql})",
            (self.vector, take, *self.condition.values),
        )

    @property
    def _vectors(self) -> str:
        return (
            "embeddings e JOIN visible_memories m ON m.seq = e.memory_seq"
            f" WHERE e.model_id = {self.model.id} AND e.kind = '{self.kind}'"
        )

    def _best(self, *parts: Where) -> tuple[list[Candidate], int]:
        near = " UNION ALL ".join(part.sql for part in parts)
        values = [value for part in parts for value in part.values]
        rows = self.execute(
            f"WITH near AS MATERIALIZED ({near})"
            " SELECT id, max(1 - (vector <=> ?::vector)) AS cosine, sum(counted)"
            " FROM near GROUP BY id ORDER BY cosine DESC, id DESC",
            # vectors are the only bytes among these
            [_array(Vector(v)) if isinstance(v, bytes) else v for v in (*values, self.vector)],
        ).fetchall()
        return [Candidate(id_, float(cosine)) for id_, cosine, _ in rows], sum(n for *_, n in rows)


def bytes_of(vector: Any) -> bytes:
    """A vector as pgvector gives it, as little-endian float32."""
    return bytes(vector.to_numpy().astype("<f4").tobytes())


def _table(model_id: int) -> str:
    return f"embeddings_{model_id}"


def _array(vector: Vector) -> NDArray[np.float32]:
    return np.frombuffer(vector, dtype="<f4")
