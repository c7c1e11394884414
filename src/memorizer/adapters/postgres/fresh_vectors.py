"""Vectors that are not in the index yet: a store does not wait for the index.

An entry in an HNSW index takes milliseconds of a processor, the rest of a store less than two.
So a new vector is fresh at first. Searches compare fresh vectors one by one, and workers put them
into the index in passing. When many are fresh already, a store does it itself: stores slow down,
searches do not.
"""

from time import monotonic
from typing import Final

from memorizer.adapters.sql.dialect import Execute

MANY: Final = 10_000
"""Fresh vectors, of all models and kinds; each leg of a search compares those of its kind."""
LOOK_SECONDS: Final = 1.0


class FreshVectors:
    """How many there are; shared by all connections of a process."""

    def __init__(self) -> None:
        self._are_many = False
        self._looked_at = -LOOK_SECONDS

    def are_many(self, execute: Execute) -> bool:
        """As of the last second."""
        if monotonic() >= self._looked_at + LOOK_SECONDS:
            self._looked_at = monotonic()
            [(self._are_many,)] = execute(
                "SELECT count(*) >= ? FROM (SELECT FROM embeddings WHERE NOT is_indexed LIMIT ?) _",
                (MANY, MANY),
            )
        return self._are_many


def put_into_index(execute: Execute, table: str, *, limit: int) -> int:
    """Up to `limit` fresh vectors of one model; what others are at is passed over. How many."""
    done = execute(
        f"UPDATE {table} SET is_indexed = true WHERE ctid = ANY (ARRAY("
        f"SELECT ctid FROM {table} WHERE NOT is_indexed ORDER BY kind, memory_seq LIMIT ?"
        " FOR UPDATE SKIP LOCKED)) RETURNING 1",
        (limit,),
    )
    return len(done.fetchall())
