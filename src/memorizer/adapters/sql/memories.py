"""Memories that are not deleted."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, row_as, rows_as
from memorizer.adapters.sql.filters import where
from memorizer.domain.editing import with_plain_ends
from memorizer.domain.errors import NotFound, VersionConflict
from memorizer.domain.memories import Content, EmbeddingStatus, Filter, Memory, digest_of, fold
from memorizer.domain.topics import MEMORIES
from memorizer.ports.memories import Deferred

DAY_MS: Final = 86_400_000
FIRST_RETRY_DELAY_MS: Final = 60_000
"""Delay before a pending memory whose embedding failed is tried again; doubled each time."""
MAX_RETRY_DELAY_MS: Final = 6 * 3_600_000
_MAX_DOUBLINGS: Final = 9  # one more would exceed MAX_RETRY_DELAY_MS


class MemoryRows:
    """Implements ports.memories.Memories; reads go through the view visible_memories."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._dialect = dialect
        self._select = f"SELECT {memory_columns(dialect)} FROM visible_memories m"

    def insert(self, memory: Memory) -> None:
        content = memory.content
        self._execute(
            "INSERT INTO memories (id, type, type_folded, title, source, confidence, version,"
            " created_at, updated_at, archived_at, embedding_status, text, text_digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            ),
        )
        self._write_tags(memory.id, content.tags)
        self._touch(MEMORIES)

    def get(self, memory_id: str) -> Memory:
        row = row_as(
            MemoryRow,
            self._execute(f"{self._select} WHERE m.id = ? {self._dialect.row_lock}", (memory_id,)),
        )
        if row is None:
            raise NotFound("memory", memory_id)
        return row.to_memory()

    def get_many(self, ids: Sequence[str]) -> list[Memory]:
        rows = self._execute(
            f"{self._select} WHERE m.id IN ({self._dialect.members})", (json.dumps(list(ids)),)
        )
        found = {row.id: row.to_memory() for row in rows_as(MemoryRow, rows)}
        return [found[memory_id] for memory_id in ids if memory_id in found]

    def update(self, memory_id: str, content: Content, *, expected: int, at: int) -> Memory:
        updated = self._execute(
            "UPDATE memories SET type = ?, type_folded = ?, title = ?, source = ?, confidence = ?,"
            " text = ?,"
            " text_digest = ?, version = version + 1, updated_at = ?,"
            " embedding_attempts = 0, embed_after = NULL"
            " WHERE id = ? AND version = ? AND deleted_at IS NULL RETURNING seq",
            (
                content.type,
                fold(content.type),
                content.title,
                content.source,
                content.confidence,
                content.text,
                digest_of(content.text),
                at,
                memory_id,
                expected,
            ),
        ).fetchone()
        if updated is None:
            raise VersionConflict(memory_id, expected, self.get(memory_id).version)
        self._execute("DELETE FROM memory_tags WHERE memory_seq = ?", updated)
        self._write_tags(memory_id, content.tags)
        self._touch(MEMORIES)
        return self.get(memory_id)

    def set_archived(self, memory_id: str, at: int | None) -> Memory:
        self._execute(
            "UPDATE memories SET archived_at = ? WHERE id = ? AND deleted_at IS NULL",
            (at, memory_id),
        )
        self._touch(MEMORIES)
        return self.get(memory_id)

    def set_embedding_status(self, memory_id: str, status: EmbeddingStatus) -> None:
        self._execute(
            "UPDATE memories SET embedding_status = ?, embedding_attempts = 0, embed_after = NULL"
            " WHERE id = ? AND embedding_status <> ?",
            (status, memory_id, status),
        )
        self._touch(MEMORIES)

    def soft_delete(self, memory_id: str, at: int) -> None:
        self.get(memory_id)
        self._execute("UPDATE memories SET deleted_at = ? WHERE id = ?", (at, memory_id))
        self._touch(MEMORIES)

    def find_duplicate(self, text: str) -> Deferred[str | None]:
        row = self._dialect.first_row(
            self._execute(
                "SELECT id FROM memories WHERE text_digest = ? AND deleted_at IS NULL"
                " AND archived_at IS NULL AND replace(replace(text, ?, ?), ?, ?) = ?"
                " ORDER BY created_at, id LIMIT 1",
                (digest_of(text), "\r\n", "\n", "\r", "\n", with_plain_ends(text)),
            )
        )
        return Deferred(lambda: None if (found := row()) is None else str(found[0]))

    def page(self, filter_: Filter, *, before: str | None, limit: int) -> list[Memory]:
        condition = where(filter_)
        below = "" if before is None else " AND m.id < ?"
        values = (*condition.values, *([] if before is None else [before]), limit)
        rows = self._execute(
            f"{self._select} WHERE {condition.sql}{below} ORDER BY m.id DESC LIMIT ?", values
        )
        return [row.to_memory() for row in rows_as(MemoryRow, rows)]

    def count(self, filter_: Filter) -> int:
        condition = where(filter_)
        return self._scalar(
            f"SELECT count(*) FROM visible_memories m WHERE {condition.sql}", condition.values
        )

    def ids(self, *, after: str = "", limit: int) -> list[str]:
        return self._column(
            "SELECT id FROM visible_memories WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )

    def untitled_ids(self, *, after: str = "", limit: int) -> list[str]:
        return self._column(
            "SELECT id FROM visible_memories WHERE title IS NULL AND archived_at IS NULL"
            " AND id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )

    def untitled_count(self) -> int:
        return self._scalar(
            "SELECT count(*) FROM visible_memories WHERE title IS NULL AND archived_at IS NULL"
        )

    def pending_ids(self, now: int, *, limit: int) -> list[str]:
        return self._column(  # a time that lies too far ahead is one of a clock that was set back
            "SELECT id FROM memories WHERE deleted_at IS NULL AND embedding_status = 'pending'"
            " AND coalesce(embed_after, 0) NOT BETWEEN ? AND ? ORDER BY id LIMIT ?",
            (now + 1, now + MAX_RETRY_DELAY_MS, limit),
        )

    def postpone_embedding(self, ids: Sequence[str], now: int) -> None:
        self._execute(
            "UPDATE memories SET embedding_attempts = embedding_attempts + 1,"
            f" embed_after = ? + CASE WHEN embedding_attempts < {_MAX_DOUBLINGS}"
            f" THEN {FIRST_RETRY_DELAY_MS} << embedding_attempts ELSE {MAX_RETRY_DELAY_MS} END"
            f" WHERE id IN ({self._dialect.members})",
            (now, json.dumps(list(ids))),
        )

    def tags(self) -> list[tuple[str, int]]:
        return self._counts(
            "SELECT min(t.tag), count(*) FROM memory_tags t JOIN visible_memories m"
            " ON m.seq = t.memory_seq AND m.archived_at IS NULL GROUP BY t.folded"
        )

    def types(self) -> list[tuple[str, int]]:
        spellings = self._counts(
            "SELECT type, count(*) FROM visible_memories m WHERE archived_at IS NULL GROUP BY 1"
        )
        names: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for name, count in spellings:
            counts[names.setdefault(fold(name), name)] += count
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    def created_by_day(self) -> list[tuple[int, int]]:
        rows = self._execute(  # not through the view: only a table's index can be named
            f"SELECT created_at / {DAY_MS} * {DAY_MS}, count(*) FROM memories"
            f" {self._dialect.days_index} WHERE deleted_at IS NULL GROUP BY 1 ORDER BY 1"
        )
        return [(int(day), int(count)) for day, count in rows]

    def embedding_counts(self) -> dict[EmbeddingStatus, int]:
        rows = self._execute(
            "SELECT embedding_status, count(*) FROM visible_memories GROUP BY embedding_status"
        )
        found = {EmbeddingStatus(status): int(count) for status, count in rows}
        return {status: found.get(status, 0) for status in EmbeddingStatus}

    def _write_tags(self, memory_id: str, tags: Sequence[str]) -> None:
        if not tags:
            return
        rows = " UNION ALL ".join(["SELECT seq, ?, ?, ? FROM memories WHERE id = ?"] * len(tags))
        self._execute(
            f"INSERT INTO memory_tags (memory_seq, position, tag, folded) {rows}",
            [
                value
                for position, tag in enumerate(tags)
                for value in (position, tag, fold(tag), memory_id)
            ],
        )

    def _counts(self, select: str) -> list[tuple[str, int]]:
        rows = self._execute(f"{select} ORDER BY 2 DESC, 1")
        return [(str(name), int(count)) for name, count in rows]

    def _column(self, sql: str, values: tuple[str | int, ...]) -> list[str]:
        return [str(value) for (value,) in self._execute(sql, values)]

    def _scalar(self, sql: str, values: tuple[Any, ...] = ()) -> int:
        [(number,)] = self._execute(sql, values)
        return int(number)


class MemoryRow(NamedTuple):
    """The columns of `memory_columns`, in their order."""

    id: str
    text: str
    type: str
    title: str | None
    source: str
    tags: str
    confidence: float
    version: int
    created_at: int
    updated_at: int
    archived_at: int | None
    embedding_status: str

    def to_memory(self) -> Memory:
        content = Content(
            self.text,
            self.type,
            self.title,
            self.source,
            tuple(json.loads(self.tags)),
            self.confidence,
        )
        return Memory(
            self.id,
            content,
            self.version,
            self.created_at,
            self.updated_at,
            self.archived_at,
            EmbeddingStatus(self.embedding_status),
        )


def memory_columns(dialect: Dialect) -> str:
    """The columns of a MemoryRow, from `memories AS m`."""
    tags = dialect.json_list("tag ORDER BY position")
    selected = {"tags": f"(SELECT {tags} FROM memory_tags t WHERE t.memory_seq = m.seq)"}
    return ", ".join(selected.get(name, f"m.{name}") for name in MemoryRow._fields)


def count_visible(execute: Execute, table: str) -> int:
    """Count the rows of a table but those of deleted memories, which are few."""
    [(number,)] = execute(
        f"SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM memories m"
        f" JOIN {table} t ON t.memory_id = m.id WHERE m.deleted_at IS NOT NULL)"
    )
    return int(number)
