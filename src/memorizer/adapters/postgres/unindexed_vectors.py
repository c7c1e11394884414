"""Pending vectors: those not in the HNSW index yet. A store does not wait for the index.

An entry in an HNSW index takes milliseconds of a processor, the rest of a store less than two.
So a new vector is pending at first. Searches compare pending vectors one by one, and workers
index them in batches. Beyond MAX_PENDING_VECTORS a store indexes its own: stores slow down,
searches do not.

Hundreds of equal vectors would make others unfindable, because HNSW links each to its nearest. So
one of them is in the index and the others are marked as its copies, which need no entry.
"""

from time import monotonic
from typing import Final

from memorizer.adapters.sql.dialect import Execute

MAX_PENDING_VECTORS: Final = 10_000
"""Of all models and kinds; each leg of a search compares those of its kind."""
COUNT_INTERVAL_SECONDS: Final = 1.0
IS_PENDING: Final = "NOT is_indexed AND NOT is_copy"

_DIGEST: Final = "substring(sha256(halfvec_send(vector::halfvec)) FOR 16)"
"""Equal for vectors that are equal in the index, which holds them in half precision."""


class UnindexedVectors:
    """Whether too many vectors are pending; shared by all connections of a process."""

    def __init__(self) -> None:
        self._is_over_limit = False
        self._counted_at = -COUNT_INTERVAL_SECONDS

    def is_over_limit(self, execute: Execute) -> bool:
        """Whether MAX_PENDING_VECTORS are reached, counted every COUNT_INTERVAL_SECONDS."""
        if monotonic() >= self._counted_at + COUNT_INTERVAL_SECONDS:
            self._counted_at = monotonic()
            [(self._is_over_limit,)] = execute(
                f"SELECT count(*) >= ? FROM (SELECT FROM embeddings WHERE {IS_PENDING} LIMIT ?) _",
                (MAX_PENDING_VECTORS, MAX_PENDING_VECTORS),
            )
        return self._is_over_limit


def index_vectors(execute: Execute, table: str, *, limit: int, memory_id: str | None = None) -> int:
    """Index up to `limit` pending vectors of a model, or of one memory. Return their number.

    Rows locked by other workers are skipped (SKIP LOCKED). The original of each copy is locked, so
    that it cannot be deleted before the copy is there to replace it.
    """
    of_memory = (
        "" if memory_id is None else " AND memory_seq = (SELECT seq FROM memories WHERE id = ?)"
    )
    done = execute(
        "WITH picked AS MATERIALIZED ("
        f"SELECT ctid AS place, kind, memory_seq, {_DIGEST} AS digest FROM {table}"
        f" WHERE {IS_PENDING}{of_memory} ORDER BY kind, memory_seq LIMIT ? FOR UPDATE SKIP LOCKED"
        "), judged AS MATERIALIZED ("
        "SELECT place, digest,"
        " row_number() OVER (PARTITION BY kind, digest ORDER BY memory_seq) > 1 OR EXISTS ("
        f"SELECT 1 FROM {table} e WHERE e.digest = picked.digest AND e.kind = picked.kind"
        " AND e.is_indexed FOR KEY SHARE SKIP LOCKED) AS is_copy FROM picked)"
        f" UPDATE {table} e SET digest = judged.digest, is_copy = judged.is_copy,"
        " is_indexed = NOT judged.is_copy FROM judged WHERE e.ctid = judged.place RETURNING 1",
        (limit,) if memory_id is None else (memory_id, limit),
    )
    return len(done.fetchall())
