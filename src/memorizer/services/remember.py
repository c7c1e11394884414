"""Storing a new memory."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from json import dumps

from memorizer.domain.auth import LOCAL_ID
from memorizer.domain.errors import IdempotencyMismatch
from memorizer.domain.memories import Content, EmbeddingStatus, IdempotencyRecord, Memory
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.job_factory import title_job


@dataclass(frozen=True, slots=True)
class Stored:
    """A new memory and the job that will write its title, if it came without one."""

    memory: Memory
    title_job_id: str | None
    duplicate_of: str | None = None
    """The oldest live memory that has exactly this text already."""
    repeated: bool = False
    """Whether this answers a request that was already carried out."""


@dataclass(frozen=True, slots=True)
class CreateMemory:
    """Stores memories."""

    database: Database
    embedding: Embedding
    history: ChangeRecorder
    clock: Clock

    async def store(
        self,
        content: Content,
        *,
        actor: str,
        idempotency_key: str | None = None,
        caller: str = LOCAL_ID,
    ) -> Stored:
        """Save the memory with all it causes; it is on disk when this returns.

        `caller`, the id of a token, is whose key it is. Raises IdempotencyMismatch when this
        caller used the key for other content.
        """
        embedded = await self.embedding.try_embed_inline(content)

        def work(tx: Transaction) -> Callable[[], Stored]:
            if idempotency_key and (reply := tx.idempotency.find(caller, idempotency_key)):
                repeated = _repeat(tx, reply, content)
                return lambda: repeated
            stored = self._create(tx, content, embedded, actor)
            if idempotency_key:
                tx.idempotency.add(_reply(caller, idempotency_key, stored()))
            return stored

        stored = await self.database.insert(work)
        return stored()

    def _create(
        self, tx: Transaction, content: Content, embedded: Embedded | None, actor: str
    ) -> Callable[[], Stored]:
        """What is returned tells the rest when it is asked: the transaction need not wait."""
        duplicate_of = tx.memories.find_duplicate(content.text)
        hoped_for = EmbeddingStatus.PENDING if embedded is None else EmbeddingStatus.READY
        memory = self.history.create(tx, content, actor=actor, status=hoped_for)
        status = self.embedding.store_or_enqueue(tx, memory, embedded)
        memory = replace(memory, embedding_status=status)
        if content.title is not None:
            return lambda: Stored(memory, None, duplicate_of())
        [job_id] = tx.jobs.enqueue([title_job(self.clock, memory)])
        return lambda: Stored(memory, job_id, duplicate_of())


def _reply(caller: str, key: str, stored: Stored) -> IdempotencyRecord:
    memory = stored.memory
    return IdempotencyRecord(
        caller,
        key,
        _fingerprint(memory.content),
        memory.id,
        memory.embedding_status,
        stored.title_job_id,
        memory.created_at,
        stored.duplicate_of,
    )


def _repeat(tx: Transaction, reply: IdempotencyRecord, content: Content) -> Stored:
    """The first answer again, as it was then."""
    if reply.fingerprint != _fingerprint(content):
        raise IdempotencyMismatch
    first = tx.versions.get(reply.memory_id, 1)
    memory = Memory(
        reply.memory_id,
        first.content,
        1,
        first.at,
        first.at,
        embedding_status=reply.embedding_status,
    )
    return Stored(memory, reply.title_job_id, reply.duplicate_of, repeated=True)


def _fingerprint(content: Content) -> str:
    return hashlib.sha256(dumps(asdict(content), sort_keys=True).encode()).hexdigest()
