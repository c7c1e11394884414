"""The first responses to requests with an Idempotency-Key, which repeated ones get again."""

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.memories import (
    EmbeddingStatus,
    IdempotencyRecord,
)


class IdempotencyRows:
    """First answers to requests with an Idempotency-Key."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def find(self, caller: str, key: str) -> IdempotencyRecord | None:
        row = self._execute(
            "SELECT fingerprint, memory_id, embedding_status, title_job_id, at, duplicate_of"
            " FROM replies WHERE caller = ? AND key = ?",
            (caller, key),
        ).fetchone()
        if row is None:
            return None
        fingerprint, memory_id, status, *rest = row
        return IdempotencyRecord(
            caller, key, fingerprint, memory_id, EmbeddingStatus(status), *rest
        )

    def add(self, reply: IdempotencyRecord) -> None:
        self._execute(
            "INSERT INTO replies (caller, key, fingerprint, memory_id, embedding_status,"
            " title_job_id, at, duplicate_of) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                reply.caller,
                reply.key,
                reply.fingerprint,
                reply.memory_id,
                reply.embedding_status,
                reply.title_job_id,
                reply.at,
                reply.duplicate_of,
            ),
        )

    def delete_for_memory(self, memory_id: str) -> None:
        self._execute("DELETE FROM replies WHERE memory_id = ?", (memory_id,))

    def delete_older_than(self, at: int) -> int:
        gone = self._execute("DELETE FROM replies WHERE at < ? RETURNING 1", (at,))
        return len(gone.fetchall())
