"""What memories were and what happened to them: versions, events, first replies."""

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from memorizer.adapters.sql.dialect import UNLIMITED, Execute, Touch
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import (
    MAX_VERSION,
    Content,
    EmbeddingStatus,
    EventType,
    IdempotencyRecord,
    MemoryEvent,
    MemoryVersion,
)
from memorizer.domain.topics import MEMORIES


class VersionRows:
    """Snapshots."""

    def __init__(self, execute: Execute, touch: Touch) -> None:
        self._execute = execute
        self._touch = touch

    def add(self, version: MemoryVersion) -> None:
        content = version.content
        self._execute(
            "INSERT INTO memory_versions"
            " (memory_id, version, type, title, source, tags, confidence, at, text, purged_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                version.memory_id,
                version.version,
                content.type,
                content.title,
                content.source,
                json.dumps(content.tags, ensure_ascii=False),
                content.confidence,
                version.at,
                content.text,
                version.purged_at,
            ),
        )

    def get(self, memory_id: str, version: int) -> MemoryVersion:
        found = self._select("memory_id = ? AND version = ?", (memory_id, version))
        if not found:
            raise NotFound("version", f"{version} of memory {memory_id}")
        return found[0]

    def list_for(
        self, memory_id: str, *, before: int | None = None, limit: int, most_characters: int
    ) -> list[MemoryVersion]:
        end = MAX_VERSION if before is None else before - 1
        lengths = self._execute(
            "SELECT version, length(text) FROM memory_versions"
            " WHERE memory_id = ? AND version <= ? ORDER BY version DESC LIMIT ?",
            (memory_id, end, limit),
        ).fetchall()
        if not lengths:
            return []
        sums = accumulate(length for _, length in lengths)
        fitting = sum(sum_ <= most_characters for sum_ in sums)
        oldest, _ = lengths[max(fitting, 1) - 1]
        return self._select(
            "memory_id = ? AND version BETWEEN ? AND ? ORDER BY version DESC",
            (memory_id, oldest, end),
        )

    def has(self, memory_id: str, content: Content) -> bool:
        rows = self._execute(
            "SELECT type, title, source, tags, confidence FROM memory_versions"
            " WHERE memory_id = ? AND text = ? AND purged_at IS NULL",
            (memory_id, content.text),
        )
        return any(content_of((content.text, *row)) == content for row in rows)

    def purge(self, purged: MemoryVersion) -> None:
        content = purged.content
        self._execute(
            "UPDATE memory_versions SET text = ?, title = ?, tags = ?, purged_at = ?"
            " WHERE memory_id = ? AND version = ?",
            (
                content.text,
                content.title,
                json.dumps(content.tags, ensure_ascii=False),
                purged.purged_at,
                purged.memory_id,
                purged.version,
            ),
        )
        self._touch(MEMORIES)

    def count(self) -> int:
        return _visible_count(self._execute, "memory_versions")

    def _select(self, condition: str, values: tuple[str | int, ...]) -> list[MemoryVersion]:
        rows = self._execute(
            "SELECT text, type, title, source, tags, confidence, memory_id, version, at, purged_at"
            f" FROM memory_versions WHERE {condition}",
            values,
        )
        return [
            MemoryVersion(memory_id, version, content_of(row), at, purged_at)
            for *row, memory_id, version, at, purged_at in rows
        ]


class EventRows:
    """The history."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def add(self, event: MemoryEvent) -> None:
        self._execute(
            "INSERT INTO memory_events (id, memory_id, version, type, data, actor, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                event.id,
                event.memory_id,
                event.version,
                event.type,
                json.dumps(event.data, ensure_ascii=False),
                event.actor,
                event.at,
            ),
        )

    def list_for(
        self, memory_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[MemoryEvent]:
        if before is None:
            events = self._select("ORDER BY seq DESC LIMIT ?", (memory_id, limit or UNLIMITED))
            if not events:  # every memory begins with an event, so there is no such memory
                raise NotFound("memory", memory_id)
            return events
        return self._select(
            "AND seq < (SELECT seq FROM memory_events WHERE id = ? AND memory_id = ?)"
            " ORDER BY seq DESC LIMIT ?",
            (memory_id, before, memory_id, limit or UNLIMITED),
        )

    def of_versions(self, memory_id: str, first: int, last: int) -> list[MemoryEvent]:
        return self._select(
            "AND version BETWEEN ? AND ? ORDER BY seq DESC", (memory_id, first, last)
        )

    def _select(self, condition: str, values: tuple[str | int, ...]) -> list[MemoryEvent]:
        rows = self._execute(
            "SELECT id, memory_id, version, type, data, actor, at FROM memory_events"
            f" WHERE memory_id = ? {condition}",
            values,
        )
        return [
            MemoryEvent(id_, memory, version, EventType(type_), json.loads(data), actor, at)
            for id_, memory, version, type_, data, actor, at in rows
        ]

    def rewrite(self, event: MemoryEvent) -> None:
        self._execute(
            "UPDATE memory_events SET data = ? WHERE id = ?",
            (json.dumps(event.data, ensure_ascii=False), event.id),
        )

    def count(self) -> int:
        return _visible_count(self._execute, "memory_events")


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


def _visible_count(execute: Execute, table: str) -> int:
    """All but those of deleted memories; these are few, so counting them costs little."""
    [(number,)] = execute(
        f"SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM memories m"
        f" JOIN {table} t ON t.memory_id = m.id WHERE m.deleted_at IS NOT NULL)"
    )
    return int(number)


def content_of(row: Sequence[Any]) -> Content:
    """From text, type, title, source, tags as JSON, confidence."""
    text, type_, title, source, tags, confidence = row
    return Content(text, type_, title, source, tuple(json.loads(tags)), confidence)
