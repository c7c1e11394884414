"""Versions of memories: a snapshot of the content after each change."""

import json
from itertools import accumulate

from memorizer.adapters.sql.dialect import Execute, Touch
from memorizer.adapters.sql.memories import content_of, count_visible
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import (
    MAX_VERSION,
    Content,
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
        return count_visible(self._execute, "memory_versions")

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
