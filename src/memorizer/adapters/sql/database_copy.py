"""Read and write every row of a store, to clone it into another database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from memorizer.adapters.sql.dialect import Dialect, Execute
from memorizer.adapters.sql.memory_rows import TIMES_COLUMNS
from memorizer.adapters.sql.vector_copy import VectorCopier
from memorizer.domain.database_copy import Key, Page, Row, Table, Value
from memorizer.domain.memories import fold
from memorizer.ports.memories import Memories
from memorizer.ports.search import FullText


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table whose rows are copied unchanged.

    `key` orders and pages it. If it is not in `columns`, the target assigns it.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    condition: str = "1 = 1"

    @property
    def count(self) -> str:
        """A SELECT of the number of rows."""
        return f"SELECT count(*) FROM {self.name} WHERE {self.condition}"

    def page(self, *, is_first: bool) -> str:
        """Return a SELECT of the keys, then the columns, in the order of the keys, beyond a key."""
        keys, marks = ", ".join(self.key), ", ".join("?" * len(self.key))
        beyond = "" if is_first else f" AND ({keys}) > ({marks})"
        return (
            f"SELECT {keys}, {', '.join(self.columns)} FROM {self.name}"
            f" WHERE {self.condition}{beyond} ORDER BY {keys} LIMIT ?"
        )

    def insert(self, rows: int) -> str:
        """Return an INSERT of so many rows; existing rows stay."""
        names, marks = ", ".join(self.columns), ", ".join("?" * len(self.columns))
        values = ", ".join([f"({marks})"] * rows)
        return f"INSERT INTO {self.name} ({names}) VALUES {values} ON CONFLICT DO NOTHING"


_UNFINISHED: Final = "state IN ('waiting', 'delayed', 'active')"
_JOB_COLUMNS: Final = (
    *("id", "queue", "name", "data", "attempts", "max_attempts", "rescues", "cancel_requested"),
    *("unique_key", "parent_id", "created_at", "items_total", "items_done", "items_failed"),
)
# also those that wait for a queue outside the database: their copy waits here until a server
# that uses such a queue moves it there
_ALL_JOBS: Final = f"""
(SELECT {", ".join(_JOB_COLUMNS)} FROM jobs WHERE {_UNFINISHED} UNION ALL
 SELECT job_id, queue, name, data, 0, 3, 0, 0, unique_key, parent_id, created_at,
        CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER)
 FROM dispatches WHERE result IS NULL) all_jobs
"""
_OF_UNFINISHED_JOB: Final = f"job_id IN (SELECT id FROM {_ALL_JOBS})"

COPIED_TABLES: Final[Mapping[Table, CopiedTable]] = {
    Table.WORKSPACES: CopiedTable(
        "workspaces",
        (
            *("seq", "id", "parent_seq", "kind", "name", "slug", "path", "description", "status"),
            *("victory_conditions", "created_at", "updated_at", "archived_at"),
        ),
        ("path",),  # parents come before their children
    ),
    Table.WORKSPACE_EVENTS: CopiedTable(
        "workspace_events", ("id", "workspace_id", "type", "data", "actor", "at"), ("seq",)
    ),
    Table.MEMORIES: CopiedTable(
        "memories",
        (
            *("id", "type", "title", "source", "confidence", "version", "created_at"),
            *("updated_at", "archived_at", "deleted_at", "embedding_status", "text"),
            *("text_digest", "type_folded", "workspace_seq", "key", "metadata", "pinned_at"),
        ),
        ("id",),
    ),
    Table.VALIDITY: CopiedTable(
        "memory_validity",
        ("memory_id", *TIMES_COLUMNS, "superseded_by", "superseded_at"),
        ("memory_id",),
    ),
    Table.VERSIONS: CopiedTable(
        "memory_versions",
        (
            *("memory_id", "version", "type", "title", "source", "tags", "confidence", "at"),
            *("text", "purged_at", "metadata", "times"),
        ),
        ("memory_id", "version"),
    ),
    Table.EVENTS: CopiedTable(
        "memory_events", ("id", "memory_id", "version", "type", "data", "actor", "at"), ("seq",)
    ),
    Table.RELATIONSHIPS: CopiedTable(
        "relationships", ("id", "from_id", "to_id", "type", "score", "at"), ("id",)
    ),
    Table.EXTERNAL_IDS: CopiedTable(
        "external_ids",
        ("source", "key", "memory_id", "collection", "at"),
        ("source", "key", "memory_id"),
    ),
    Table.DOCUMENTS: CopiedTable(
        "documents",
        (
            *("id", "workspace_seq", "source", "title", "media_type", "checksum", "size_bytes"),
            *("version", "created_at", "updated_at", "warnings"),
        ),
        ("id",),
    ),
    Table.DOCUMENT_PARTS: CopiedTable(
        "document_parts",
        ("document_id", "position", "memory_id", "checksum", "page", "line"),
        ("document_id", "position"),
    ),
    Table.UPLOADS: CopiedTable(
        "document_uploads", ("upload_id", "number", "content", "at"), ("upload_id", "number")
    ),
    Table.PROPOSALS: CopiedTable(
        "proposals",
        (
            *("id", "fingerprint", "kind", "cluster", "workspace_seq", "suggestion", "reason"),
            *("evidence", "score", "recommended", "state", "created_at", "decided_at"),
            *("decided_by", "change_set_id", "steps", "created_memory_id"),
        ),
        ("id",),
    ),
    Table.CAPTURES: CopiedTable(
        "captures",
        ("id", "session", "digest", "client", "workspace_seq", "part", "at"),
        ("id",),
    ),
    Table.PROPOSAL_MEMORIES: CopiedTable(
        "proposal_memories",
        ("proposal_id", "position", "memory_id", "version"),
        ("proposal_id", "position"),
    ),
    Table.REPLIES: CopiedTable(
        "replies",
        (
            *("caller", "key", "fingerprint", "memory_id", "embedding_status", "title_job_id"),
            *("at", "duplicate_of"),
        ),
        ("caller", "key"),
    ),
    Table.TOKENS: CopiedTable(
        "tokens",
        ("id", "name", "scope", "digest", "created_at", "expires_at", "last_used_at", "revoked_at"),
        ("id",),
    ),
    Table.GRANTS: CopiedTable(
        "token_grants", ("token_id", "workspace_id", "scope"), ("token_id", "workspace_id")
    ),
    Table.OAUTH_CLIENTS: CopiedTable(
        "oauth_clients",
        (
            *("id", "metadata", "secret_digest", "registration_digest", "address", "created_at"),
            "authorized_at",
        ),
        ("id",),
    ),
    Table.CONNECTIONS: CopiedTable(
        "oauth_connections", ("token_id", "client_id", "granted_by", "resource"), ("token_id",)
    ),
    Table.ACCESS_TOKENS: CopiedTable(
        "oauth_access_tokens",
        ("id", "token_id", "digest", "scope", "resource", "created_at", "expires_at"),
        ("id",),
    ),
    Table.REFRESH_TOKENS: CopiedTable(
        "oauth_refresh_tokens",
        (
            *("id", "token_id", "digest", "scope", "created_at", "expires_at", "used_at"),
            *("nonce", "next_refresh_id", "next_access_id"),
        ),
        ("id",),
    ),
    Table.JOBS: CopiedTable(_ALL_JOBS, _JOB_COLUMNS, ("id",), "parent_id IS NULL"),
    Table.PARTS: CopiedTable(
        _ALL_JOBS, _JOB_COLUMNS, ("id",), f"parent_id IN (SELECT id FROM {_ALL_JOBS})"
    ),
    Table.SLICES: CopiedTable(
        "bulk_slices",
        ("job_id", "number", "item_ids", "size", "next_item", "done"),
        ("job_id", "number"),
        _OF_UNFINISHED_JOB,
    ),
    Table.FAILURES: CopiedTable(
        "job_failures",
        ("job_id", "item_id", "error", "at"),
        ("job_id", "item_id"),
        _OF_UNFINISHED_JOB,
    ),
    Table.PAUSES: CopiedTable("paused_queues", ("queue",), ("queue",)),
}
TAGS: Final = CopiedTable(
    "memory_tags", ("memory_seq", "position", "tag", "folded"), ("memory_seq", "position")
)
ROWS_PER_INSERT: Final = 100
"""Each statement is a round trip."""


class CopyRows:
    """Implements ports.database_copy.DatabaseCopy."""

    def __init__(
        self,
        execute: Execute,
        dialect: Dialect,
        memories: Memories,
        full_text: FullText,
        vectors: VectorCopier,
    ) -> None:
        self._execute = execute
        self._dialect = dialect
        self._statements = dialect.statements
        self._memories = memories
        self._full_text = full_text
        self._vectors = vectors

    def count(self, table: Table) -> int:
        match table:
            case Table.MODELS:
                return len(self._vectors.models())
            case Table.VECTORS:
                return self.count(Table.MEMORIES)  # in whose order they come
            case _:
                [(number,)] = self._execute(COPIED_TABLES[table].count)
                return int(number)

    def page(self, table: Table, *, after: Key | None, limit: int) -> Page | None:
        match table:
            case Table.MEMORIES:
                return self._memory_page(after, limit)
            case Table.MODELS:
                rows = self._vectors.models() if after is None else ()
                return Page(rows, ("",), len(rows)) if rows else None
            case Table.VECTORS:
                return self._vectors.page(after, limit)
            case _:
                return self._table_page(COPIED_TABLES[table], after, limit)

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        match table:
            case Table.MEMORIES:
                self._insert_memories(rows)
            case Table.MODELS:
                self._vectors.put_models(rows)
            case Table.VECTORS:
                self._vectors.put(rows)
            case Table.JOBS | Table.PARTS:
                self._insert_rows(CopiedTable("jobs", _JOB_COLUMNS, ("id",)), rows)
            case _:
                self._insert_rows(COPIED_TABLES[table], rows)
        if table is Table.WORKSPACES and self._dialect.continue_workspace_seq:
            self._execute(self._dialect.continue_workspace_seq)

    # -- tables copied unchanged

    def _table_page(self, table: CopiedTable, after: Key | None, limit: int) -> Page | None:
        page = table.page(is_first=after is None)
        rows = self._execute(page, (*(after or ()), limit)).fetchall()
        if not rows:
            return None
        width = len(table.key)
        return Page(tuple(tuple(row[width:]) for row in rows), tuple(rows[-1][:width]), len(rows))

    def _insert_rows(self, table: CopiedTable, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), ROWS_PER_INSERT):
            some = rows[start : start + ROWS_PER_INSERT]
            values = tuple(value for row in some for value in row)
            self._execute(table.insert(len(some)), values)

    # -- memories, with their tags as one more value

    def _memory_page(self, after: Key | None, limit: int) -> Page | None:
        page = self._table_page(COPIED_TABLES[Table.MEMORIES], after, limit)
        if page is None:
            return None
        ends = (page.rows[0][0], page.rows[-1][0])
        tagged = self._execute(self._statements["list_tags"], ends)
        tags = {id_: [tag for _, tag in of] for id_, of in groupby(tagged, lambda row: row[0])}
        rows = tuple((*row, json.dumps(tags.get(row[0], []))) for row in page.rows)
        return Page(rows, page.last, page.done)

    def _insert_memories(self, rows: Sequence[Row]) -> None:
        before = self._seqs(rows)
        self._insert_rows(COPIED_TABLES[Table.MEMORIES], [row[:-1] for row in rows])
        numbers = self._seqs(rows)
        added = [row for row in rows if row[0] not in before]
        tags = [
            (numbers[row[0]], position, tag, fold(tag))
            for row in added
            for position, tag in enumerate(json.loads(str(row[-1])))
        ]
        self._insert_rows(TAGS, tags)
        for memory in self._memories.get_many([str(row[0]) for row in added]):
            self._full_text.put(memory)

    def _seqs(self, rows: Sequence[Row]) -> dict[Value, int]:
        """Return the sequence numbers of memories, by id."""
        if not rows:
            return {}
        ends = (rows[0][0], rows[-1][0])
        return dict(self._execute(self._statements["list_memory_numbers"], ends).fetchall())
