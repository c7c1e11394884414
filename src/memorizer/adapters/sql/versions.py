"""Versions of memories: a snapshot of the content after each change."""

import json
from itertools import accumulate
from typing import NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, row_as, rows_as
from memorizer.adapters.sql.memory_rows import VersionRow, content_of, metadata_text, times_text
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import (
    MAX_VERSION,
    Content,
    MemoryVersion,
)
from memorizer.domain.topics import MEMORIES


class _LengthRow(NamedTuple):
    version: int
    characters: int


class VersionRows:
    """Implements ports.memories.Versions."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements
        self._touch = touch

    def add(self, version: MemoryVersion) -> None:
        content = version.content
        self._execute(
            self._statements["insert_version"],
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
                metadata_text(content),
                times_text(content),
            ),
        )

    def get(self, memory_id: str, version: int) -> MemoryVersion:
        values = (memory_id, version)
        row = row_as(VersionRow, self._execute(self._statements["get_version"], values))
        if row is None:
            raise NotFound("version", f"{version} of memory {memory_id}")
        return row.to_version()

    def remove(self, memory_id: str, version: int) -> None:
        self._execute(self._statements["delete_version"], (memory_id, version))
        self._touch(MEMORIES)

    def list_for(
        self, memory_id: str, *, before: int | None = None, limit: int, most_characters: int
    ) -> list[MemoryVersion]:
        end = MAX_VERSION if before is None else before - 1
        newest = (memory_id, end, limit)
        lengths = rows_as(
            _LengthRow, self._execute(self._statements["list_version_lengths"], newest)
        )
        if not lengths:
            return []
        sums = accumulate(length.characters for length in lengths)
        fitting = sum(sum_ <= most_characters for sum_ in sums)
        oldest = lengths[max(fitting, 1) - 1].version
        rows = self._execute(self._statements["list_versions"], (memory_id, oldest, end))
        return [row.to_version() for row in rows_as(VersionRow, rows)]

    def has(self, memory_id: str, content: Content) -> bool:
        rows = self._execute(self._statements["list_versions_with_text"], (memory_id, content.text))
        return any(content_of(content.text, *columns) == content for columns in rows)

    def purge(self, purged: MemoryVersion) -> None:
        content = purged.content
        self._execute(
            self._statements["purge_version"],
            (
                content.text,
                content.title,
                json.dumps(content.tags, ensure_ascii=False),
                metadata_text(content),
                times_text(content),
                purged.purged_at,
                purged.memory_id,
                purged.version,
            ),
        )
        self._touch(MEMORIES)

    def count(self) -> int:
        [(number,)] = self._execute(self._statements["count_versions"])
        return int(number)
