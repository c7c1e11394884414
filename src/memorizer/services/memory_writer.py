"""What every use case that writes memories does inside its transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from json import dumps

from memorizer.domain.errors import (
    IdempotencyMismatch,
    KeyTaken,
    NotFound,
    VersionConflict,
    WorkspaceNeeded,
)
from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    EventType,
    IdempotencyRecord,
    JsonObject,
    Memory,
)
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import MemoryTransaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import title_job
from memorizer.services.supersession import Supersessions


@dataclass(frozen=True, slots=True)
class CreatedMemory:
    """A new memory and the job that will write its title, if it came without one."""

    memory: Memory
    title_job_id: str | None
    duplicate_of: str | None = None
    """The oldest live memory that has exactly this text already."""
    repeated: bool = False
    """Whether this answers a request that was already carried out."""


@dataclass(frozen=True, slots=True)
class MemoryWriter:
    """Writes memories with their vectors, or the jobs that make these, inside a transaction.

    With `embeds` false the memory is left pending without a job: the caller queues one for many.
    """

    embedding: Embedding
    recorder: ChangeRecorder
    clock: Clock

    def insert(
        self,
        tx: MemoryTransaction,
        content: Content,
        embedded: Embedded | None,
        actor: str,
        *,
        key: str | None = None,
        workspace_id: str | None = None,
        embeds: bool = True,
        replaces: Sequence[str] = (),
    ) -> CreatedMemory:
        """Insert a memory, which may replace others. Raises KeyTaken, NotFound, InvalidField."""
        if key is not None:
            require_free_key(tx, workspace_id, key)
        likely = EmbeddingStatus.PENDING if embedded is None else EmbeddingStatus.READY
        memory = self.recorder.create(
            tx, content, actor=actor, status=likely, key=key, workspace_id=workspace_id
        )
        if embeds:
            status = self.embedding.store_or_enqueue(tx, memory, embedded)
            memory = replace(memory, embedding_status=status)
        self.supersessions.replace(tx, memory, replaces, actor=actor)
        return CreatedMemory(memory, self._queue_title(tx, memory))

    def change(
        self,
        tx: MemoryTransaction,
        before: Memory,
        after: Content,
        event: tuple[EventType, JsonObject],
        *,
        embedded: Embedded | None,
        actor: str,
        embeds: bool = True,
    ) -> tuple[Memory, str | None]:
        """Write the next version; return it with the id of the title job, if there is one."""
        memory = self._save_version(tx, before, after, event, actor)
        if embeds:
            status = self.embedding.store_or_enqueue(tx, memory, embedded)
        else:
            status = EmbeddingStatus.PENDING
            tx.vectors.remove(memory.id)
            tx.memories.set_embedding_status(memory.id, status)
        return replace(memory, embedding_status=status), self._queue_title(tx, memory)

    def delete(self, tx: MemoryTransaction, memory: Memory, actor: str) -> None:
        """Move a memory to the trash."""
        with self.supersessions.changed_memory(tx, memory.id, actor=actor):
            self.recorder.trash(tx, memory, self.clock.now(), actor=actor)

    @property
    def supersessions(self) -> Supersessions:
        """What keeps track of what replaces what."""
        return Supersessions(self.recorder)

    def _save_version(
        self,
        tx: MemoryTransaction,
        before: Memory,
        after: Content,
        event: tuple[EventType, JsonObject],
        actor: str,
    ) -> Memory:
        if before.content.times.valid_from == after.times.valid_from:
            return self.recorder.save_version(tx, before, after, *event, actor=actor)
        with self.supersessions.changed_memory(tx, before.id, actor=actor):
            return self.recorder.save_version(tx, before, after, *event, actor=actor)

    def _queue_title(self, tx: MemoryTransaction, memory: Memory) -> str | None:
        if memory.content.title is not None:
            return None
        [job_id] = tx.jobs.enqueue([title_job(self.clock, memory)])
        return job_id


def find_place(tx: MemoryTransaction, scope: WorkspaceScope, wanted: str | None) -> str | None:
    """Return the id of the workspace into which something new goes; None: it is unfiled.

    `wanted` is as `parse_ref` returns it. Raises NotFound, WorkspaceNeeded.
    """
    match wanted:
        case None if len(scope.writable) == 1:
            [only] = scope.writable
            return tx.workspaces.hold(only)
        case None if scope.unfiled:
            return None
        case None:
            known = tx.workspaces.list_all()
            raise WorkspaceNeeded([each.path for each in known if each.id in scope.writable])
        case "unfiled" if scope.unfiled:
            return None
        case _:
            return tx.workspaces.hold(wanted)


def require_free_key(tx: MemoryTransaction, workspace_id: str | None, key: str) -> None:
    """Raise KeyTaken if a live memory in the workspace has this key."""
    if (other := tx.memories.find_by_key(workspace_id, key)) is not None:
        raise KeyTaken(key, other.id)


def check_version(memory: Memory, expected: int | None) -> None:
    """Raise VersionConflict if a version is expected and the memory has another one."""
    if expected is not None and memory.version != expected:
        raise VersionConflict(memory.id, expected, memory.version)


def idempotency_record(
    caller: str,
    key: str,
    memory: Memory,
    title_job_id: str | None,
    duplicate_of: str | None,
    *,
    workspace: str | None = None,
    replaces: Sequence[str] = (),
) -> IdempotencyRecord:
    """Return what a repeated request is answered from.

    `workspace` as the first request named it.
    """
    return IdempotencyRecord(
        caller,
        key,
        _fingerprint(memory.content, memory.key, workspace, replaces),
        memory.id,
        memory.embedding_status,
        title_job_id,
        memory.created_at,
        duplicate_of,
    )


def find_repeated(
    tx: MemoryTransaction,
    caller: str,
    repeated: str,
    content: Content,
    *,
    key: str | None = None,
    workspace: str | None = None,
    replaces: Sequence[str] = (),
) -> CreatedMemory | None:
    """Return the answer to the first request with this Idempotency-Key.

    Raises IdempotencyMismatch, NotFound if the memory is where it may not be seen.
    """
    record = tx.idempotency.find(caller, repeated)
    if record is None:
        return None
    if record.fingerprint != _fingerprint(content, key, workspace, replaces):
        raise IdempotencyMismatch
    try:
        first = tx.versions.get(record.memory_id, 1)
    except NotFound:
        raise NotFound("memory", record.memory_id) from None
    live = tx.memories.get_many([record.memory_id])
    memory = Memory(
        record.memory_id,
        first.content,
        1,
        first.at,
        first.at,
        embedding_status=record.embedding_status,
        workspace_id=live[0].workspace_id if live else None,
        key=key,
    )
    return CreatedMemory(memory, record.title_job_id, record.duplicate_of, repeated=True)


def _fingerprint(
    content: Content, key: str | None, workspace: str | None, replaces: Sequence[str]
) -> str:
    """Equal for equal requests; without newer fields as releases without them wrote it."""
    known: dict[str, object] = {each.name: getattr(content, each.name) for each in fields(content)}
    further = {
        "metadata": dict(content.metadata),
        "key": key,
        "workspace": workspace,
        "times": content.times.items(),
        "replaces": list(replaces),
    }
    known = {
        name: value for name, value in (known | further).items() if name not in further or value
    }
    return hashlib.sha256(dumps(known, sort_keys=True).encode()).hexdigest()
