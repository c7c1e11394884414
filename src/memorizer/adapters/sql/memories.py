"""Memories that are not deleted."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, replace
from typing import Final, NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, row_as, rows_as
from memorizer.adapters.sql.filters import where
from memorizer.adapters.sql.memory_rows import MemoryRow, metadata_text
from memorizer.domain.editing import with_plain_ends
from memorizer.domain.errors import NotFound, VersionConflict
from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    Facets,
    Filter,
    Memory,
    MemoryVersion,
    digest_of,
    fold,
)
from memorizer.domain.timestamps import DAY_MS
from memorizer.domain.topics import MEMORIES
from memorizer.domain.validity import NO_TIMES, Supersession, Times
from memorizer.ports.memories import Deferred

FIRST_RETRY_DELAY_MS: Final = 60_000
"""Delay before a pending memory whose embedding failed is tried again; doubled each time."""
MAX_RETRY_DELAY_MS: Final = 6 * 3_600_000
_MAX_DOUBLINGS: Final = 9  # one more would exceed MAX_RETRY_DELAY_MS


class _CountRow(NamedTuple):
    name: str
    memories: int


class MemoryRows:
    """Implements ports.memories.Memories; reads go through the view visible_memories."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._statements = dialect.statements
        self._dialect = dialect

    def insert(self, memory: Memory) -> None:
        content = memory.content
        self._execute(
            self._statements["insert_memory"],
            (
                memory.id,
                content.type,
                fold(content.type),
                content.title,
                content.source,
                content.confidence,
                memory.version,
                memory.created_at,
                memory.updated_at,
                memory.archived_at,
                memory.embedding_status,
                content.text,
                digest_of(content.text),
                memory.workspace_id,
                memory.key,
                metadata_text(content),
                memory.pinned_at,
            ),
        )
        self._write_tags(memory.id, content.tags)
        if content.times != NO_TIMES:
            self._write_times(memory.id, content.times)
        self._touch(MEMORIES)

    def get(self, memory_id: str) -> Memory:
        row = row_as(MemoryRow, self._execute(self._statements["get_memory"], (memory_id,)))
        if row is None:
            raise NotFound("memory", memory_id)
        return row.to_memory()

    def get_many(self, ids: Sequence[str]) -> list[Memory]:
        rows = self._execute(self._statements["list_memories"], (json.dumps(list(ids)),))
        found = {row.id: row.to_memory() for row in rows_as(MemoryRow, rows)}
        return [found[memory_id] for memory_id in ids if memory_id in found]

    def update(self, memory_id: str, content: Content, *, expected: int, at: int) -> Memory:
        updated = self._execute(
            self._statements["update_memory"],
            (
                content.type,
                fold(content.type),
                content.title,
                content.source,
                content.confidence,
                content.text,
                digest_of(content.text),
                metadata_text(content),
                at,
                memory_id,
                expected,
            ),
        ).fetchone()
        if updated is None:
            raise VersionConflict(memory_id, expected, self.get(memory_id).version)
        self._execute(self._statements["delete_memory_tags"], updated)
        self._write_tags(memory_id, content.tags)
        self._write_times(memory_id, content.times)
        self._touch(MEMORIES)
        return self.get(memory_id)

    def put_back(self, memory_id: str, version: MemoryVersion, *, expected: int) -> Memory:
        self.update(memory_id, version.content, expected=expected, at=version.at)
        self._execute(self._statements["set_version"], (version.version, memory_id))
        return self.get(memory_id)

    def find_by_key(self, workspace_id: str | None, key: str) -> Memory | None:
        values = (workspace_id, key)
        row = row_as(MemoryRow, self._execute(self._statements["find_memory_by_key"], values))
        return None if row is None else row.to_memory()

    def set_key(self, memory_id: str, key: str | None) -> None:
        self._execute(self._statements["set_key"], (key, memory_id))
        self._touch(MEMORIES)

    def folders(self, filter_: Filter, *, limit: int) -> list[tuple[str, int]]:
        condition = where(filter_, self._dialect)
        folders = self._statements["count_folders"].format(filter=condition.sql)
        behind = len(filter_.key_prefix or "") + 1
        rows = self._execute(folders, (behind, behind, behind, *condition.values, limit))
        return [(row.name, row.memories) for row in rows_as(_CountRow, rows)]

    def set_archived(self, memory_id: str, at: int | None) -> Memory:
        self._execute(self._statements["set_archived_at"], (at, memory_id))
        self._touch(MEMORIES)
        return self.get(memory_id)

    def set_supersession(self, memory_id: str, supersession: Supersession | None) -> None:
        by, at = supersession or (None, None)
        self._execute(self._statements["put_supersession"], (memory_id, by, at))
        self._touch(MEMORIES)

    def set_pinned(self, memory_id: str, at: int | None) -> Memory:
        self._execute(self._statements["set_pinned_at"], (at, memory_id))
        self._touch(MEMORIES)
        return self.get(memory_id)

    def set_embedding_status(self, memory_id: str, status: EmbeddingStatus) -> None:
        self._execute(self._statements["set_embedding_status"], (status, memory_id, status))
        self._touch(MEMORIES)

    def soft_delete(self, memory_id: str, at: int) -> None:
        self.get(memory_id)
        self._execute(self._statements["set_deleted_at"], (at, memory_id))
        self._touch(MEMORIES)

    def find_duplicate(self, text: str) -> Deferred[str | None]:
        row = self._dialect.first_row(
            self._execute(
                self._statements["find_duplicate"],
                (digest_of(text), "\r\n", "\n", "\r", "\n", with_plain_ends(text)),
            )
        )
        return Deferred(lambda: None if (found := row()) is None else str(found[0]))

    def page(self, filter_: Filter, *, before: str | None, limit: int) -> list[Memory]:
        condition = where(filter_, self._dialect, before=before)
        page = self._statements["page_memories"].format(filter=condition.sql)
        rows = self._execute(page, (*condition.values, limit))
        return [row.to_memory() for row in rows_as(MemoryRow, rows)]

    def count(self, filter_: Filter) -> int:
        condition = where(filter_, self._dialect)
        count = self._statements["count_memories"].format(filter=condition.sql)
        [(number,)] = self._execute(count, condition.values)
        return int(number)

    def facets(self, filter_: Filter, *, since: Sequence[int], limit: int) -> Facets:
        def counted(statement: str, asked: Filter) -> list[_CountRow]:
            condition = where(asked, self._dialect)
            count = statement.format(filter=condition.sql)
            return list(rows_as(_CountRow, self._execute(count, (*condition.values, limit))))

        at_any_time = replace(filter_, created_after=None, created_before=None)
        workspaces = counted(self._statements["count_workspace_facet"], filter_)
        types, sources = replace(filter_, types=()), replace(filter_, sources=())
        return Facets(
            total=self.count(filter_),
            workspaces=[(row.name or None, row.memories) for row in workspaces],
            types=list(counted(self._statements["count_type_facet"], types)),
            tags=list(counted(self._statements["count_tag_facet"], filter_)),
            sources=list(counted(self._statements["count_source_facet"], sources)),
            since=[(at, self.count(replace(at_any_time, created_after=at))) for at in since],
        )

    def count_digests(self, digests: Collection[str], filter_: Filter) -> Mapping[str, int]:
        condition = where(filter_, self._dialect)
        count = self._statements["count_digests"].format(filter=condition.sql)
        rows = self._execute(count, (json.dumps(list(digests)), *condition.values))
        return dict(rows.fetchall())

    def ids(self, *, after: str = "", limit: int) -> list[str]:
        return self._ids("page_memory_ids", after, limit)

    def untitled_ids(self, *, after: str = "", limit: int) -> list[str]:
        return self._ids("page_untitled_ids", after, limit)

    def untitled_count(self) -> int:
        [(number,)] = self._execute(self._statements["count_untitled"])
        return int(number)

    def pending_ids(self, now: int, *, limit: int) -> list[str]:
        return self._ids("list_pending_ids", now + 1, now + MAX_RETRY_DELAY_MS, limit)

    def postpone_embedding(self, ids: Sequence[str], now: int) -> None:
        self._execute(
            self._statements["postpone_embedding"],
            (now, _MAX_DOUBLINGS, FIRST_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS, json.dumps(list(ids))),
        )

    def tags(self) -> list[tuple[str, int]]:
        rows = self._execute(self._statements["count_tags"])
        return [(row.name, row.memories) for row in rows_as(_CountRow, rows)]

    def types(self) -> list[tuple[str, int]]:
        names: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for row in rows_as(_CountRow, self._execute(self._statements["count_types"])):
            counts[names.setdefault(fold(row.name), row.name)] += row.memories
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def created_by_day(self) -> list[tuple[int, int]]:
        rows = self._execute(self._statements["count_created_by_day"], (DAY_MS, DAY_MS))
        return [(int(day), int(count)) for day, count in rows]

    def embedding_counts(self) -> dict[EmbeddingStatus, int]:
        rows = self._execute(self._statements["count_by_embedding_status"])
        counts = {EmbeddingStatus(row.name): row.memories for row in rows_as(_CountRow, rows)}
        return {status: counts.get(status, 0) for status in EmbeddingStatus}

    def _write_times(self, memory_id: str, times: Times) -> None:
        if times == NO_TIMES:
            self._execute(self._statements["clear_times"], (memory_id,))
        else:
            self._execute(self._statements["put_times"], (memory_id, *astuple(times)))

    def _write_tags(self, memory_id: str, tags: Sequence[str]) -> None:
        if not tags:
            return
        new_tags = " UNION ALL ".join([self._statements["select_new_tag"]] * len(tags))
        self._execute(
            self._statements["insert_memory_tags"].format(new_tags=new_tags),
            [
                value
                for position, tag in enumerate(tags)
                for value in (position, tag, fold(tag), memory_id)
            ],
        )

    def _ids(self, statement: str, *values: str | int) -> list[str]:
        return [str(id_) for (id_,) in self._execute(self._statements[statement], values)]
