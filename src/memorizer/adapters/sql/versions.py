"""Versions of memories: a snapshot of the content after each change."""

import json
from itertools import accumulate
from typing import NamedTuple

from memorizer.adapters.sql.dialect import Execute, Touch, rows_as
from memorizer.adapters.sql.memories import count_visible
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import (
    MAX_VERSION,
    Content,
    MemoryVersion,
)
from memorizer.domain.topics import MEMORIES


class VersionRow(NamedTuple):
    """The columns that make a MemoryVersion."""

    memory_id: str
    version: int
    at: int
    purged_at: int | None
    text: str
    type: str
    title: str | None
    source: str
    tags: str
    confidence: float

    def to_version(self) -> MemoryVersion:
        content = Content(
            self.text,
            self.type,
            self.title,
            self.source,
            tuple(json.loads(self.tags)),
            self.confidence,
        )
        return MemoryVersion(self.memory_id, self.version, content, self.at, self.purged_at)


class VersionRows:
    """Implements ports.memories.Versions."""

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
        return any(
            Content(content.text, type_, title, source, tuple(json.loads(tags)), confidence)
            == content
            for type_, title, source, tags, confidence in rows
        )

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
        columns = ", ".join(VersionRow._fields)
        rows = self._execute(f"SELECT {columns} FROM memory_versions WHERE {condition}", values)
        return [row.to_version() for row in rows_as(VersionRow, rows)]
