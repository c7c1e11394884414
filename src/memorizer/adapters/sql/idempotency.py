"""The first responses to requests with an Idempotency-Key, which repeated ones get again."""

from typing import NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, row_as
from memorizer.domain.memories import EmbeddingStatus, IdempotencyRecord


class _ReplyRow(NamedTuple):
    caller: str
    key: str
    fingerprint: str
    memory_id: str
    embedding_status: str
    title_job_id: str | None
    at: int
    duplicate_of: str | None

    def to_record(self) -> IdempotencyRecord:
        return IdempotencyRecord(
            self.caller,
            self.key,
            self.fingerprint,
            self.memory_id,
            EmbeddingStatus(self.embedding_status),
            self.title_job_id,
            self.at,
            self.duplicate_of,
        )


class IdempotencyRows:
    """First answers to requests with an Idempotency-Key."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def find(self, caller: str, key: str) -> IdempotencyRecord | None:
        row = row_as(_ReplyRow, self._execute(self._statements["get_reply"], (caller, key)))
        return None if row is None else row.to_record()

    def add(self, reply: IdempotencyRecord) -> None:
        self._execute(
            self._statements["insert_reply"],
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
        self._execute(self._statements["delete_replies_of_memory"], (memory_id,))

    def delete_older_than(self, at: int) -> int:
        deleted = self._execute(self._statements["delete_old_replies"], (at,))
        return len(deleted.fetchall())
