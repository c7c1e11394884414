"""All tables of one transaction on one connection."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import apsw

from memorizer.adapters.sql.backup_log import BackupRows
from memorizer.adapters.sql.bulk_progress import BulkBatchRows
from memorizer.adapters.sql.captures import CaptureRows
from memorizer.adapters.sql.database_copy import CopyRows
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.documents import DocumentRows
from memorizer.adapters.sql.events import EventRows
from memorizer.adapters.sql.external_ids import ExternalIdRows
from memorizer.adapters.sql.idempotency import IdempotencyRows
from memorizer.adapters.sql.job_admin import AdminRows
from memorizer.adapters.sql.job_consumer import ConsumerRows, WorkerRows
from memorizer.adapters.sql.job_enqueuer import EnqueuerRows
from memorizer.adapters.sql.job_reader import JobReaderRows
from memorizer.adapters.sql.memories import MemoryRows
from memorizer.adapters.sql.models import ModelRows
from memorizer.adapters.sql.oauth import OAuthRows
from memorizer.adapters.sql.proposals import ProposalRows
from memorizer.adapters.sql.queue_outbox import OutboxRows
from memorizer.adapters.sql.recalls import RecallRows
from memorizer.adapters.sql.records import RecordRows
from memorizer.adapters.sql.relationships import RelationshipRows
from memorizer.adapters.sql.scoping import ScopeDialect, scoped
from memorizer.adapters.sql.shown_memories import ShownMemoryRows
from memorizer.adapters.sql.tokens import TokenRows
from memorizer.adapters.sql.trash import TrashRows
from memorizer.adapters.sql.vector_copy import VectorCopier
from memorizer.adapters.sql.versions import VersionRows
from memorizer.adapters.sql.workspaces import WorkspaceRows
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.full_text import FullTextRows
from memorizer.adapters.sqlite.vector_indexes import QuantizedIndexes
from memorizer.adapters.sqlite.vectors import SqliteVectorPartitions, VectorRows
from memorizer.domain.jobs import LEASE_MS
from memorizer.ports.clock import Clock
from memorizer.ports.jobs import JobEnqueuer

# of a full-text index no part can be had: what it finds is joined with memories
_SCOPE: Final = ScopeDialect(
    # + takes the affinity away: with one, the index of the expression would not be used
    in_scope="IN (SELECT +seq FROM temp.scope_workspaces)",
    linked_memory=(
        "coalesce(json_extract({row}.data, '$.toMemoryId'),"
        " json_extract({row}.data, '$.supersededBy'))"
    ),
    excepted="memory_words",
)
_FILL_SCOPE: Final = """
INSERT INTO temp.scope_workspaces
WITH RECURSIVE below (seq) AS (
  SELECT seq FROM workspaces WHERE id IN (SELECT value FROM json_each(?))
  UNION SELECT w.seq FROM workspaces w JOIN below b ON w.parent_seq = b.seq
)
SELECT seq FROM below UNION SELECT 0 WHERE ?
"""
_WIDEN_SCOPE: Final = """
INSERT INTO temp.scope_workspaces
SELECT seq FROM workspaces
WHERE id = ? AND parent_seq IN (SELECT seq FROM temp.scope_workspaces)
"""


class SqliteTransaction:
    """Implements ports.transactions.Transaction; made once per connection and used again."""

    def __init__(
        self,
        connection: apsw.Connection,
        clock: Clock,
        indexes: QuantizedIndexes,
        *,
        lease_ms: int = LEASE_MS,
        dispatching: bool = False,
        execute: Execute | None = None,
        touched: set[str] | None = None,
        enter_scope: Callable[[str], object] | None = None,
    ) -> None:
        """`execute` runs the statements in the place of the connection's own."""
        self.touched: set[str] = set() if touched is None else touched
        self._total_changes = connection.total_changes
        self._changes_before = 0
        touch = self.touched.add
        execute = execute or connection.execute
        is_scoped = enter_scope is not None
        self._connection = connection
        self.execute: Execute = execute
        self._scoped: SqliteTransaction | None = None
        self._is_reader = bool(connection.pragma("query_only"))
        self._entered: tuple[str, bool] | None = None
        self._make_scoped = partial(
            SqliteTransaction,
            connection,
            clock,
            indexes,
            lease_ms=lease_ms,
            dispatching=dispatching,
            execute=partial(_execute_scoped, execute),
            touched=self.touched,
            enter_scope=lambda id_: execute(_WIDEN_SCOPE, (id_,)),
        )
        self.memories = MemoryRows(execute, touch, SQLITE)
        self.versions = VersionRows(execute, touch, SQLITE)
        self.events = EventRows(execute, SQLITE, is_scoped=is_scoped)
        self.relationships = RelationshipRows(execute, touch, SQLITE)
        self.idempotency = IdempotencyRows(execute, SQLITE)
        self.shown = ShownMemoryRows(execute, SQLITE)
        self.proposals = ProposalRows(execute, touch, SQLITE)
        self.recalls = RecallRows(execute, SQLITE)
        self.captures = CaptureRows(execute, SQLITE)
        self.full_text = FullTextRows(execute, SQLITE.statements, is_scoped=is_scoped)
        self.vectors = VectorRows(execute, indexes, is_scoped=is_scoped)
        self.models = ModelRows(execute, touch, SQLITE, SqliteVectorPartitions(execute))
        self.job_enqueuer = EnqueuerRows(execute, touch, clock, SQLITE)
        self.job_consumer = ConsumerRows(execute, touch, clock, SQLITE, lease_ms=lease_ms)
        self.job_admin = AdminRows(execute, touch, clock, SQLITE)
        self.outbox = OutboxRows(execute, touch, clock, SQLITE)
        self.jobs: JobEnqueuer = self.outbox if dispatching else self.job_enqueuer
        self.batches = BulkBatchRows(execute, touch, SQLITE)
        self.job_reader = JobReaderRows(execute, clock, SQLITE, lease_ms=lease_ms)
        self.workers = WorkerRows(execute, SQLITE)
        self.tokens = TokenRows(execute, SQLITE)
        self.oauth = OAuthRows(execute, SQLITE)
        self.workspaces = WorkspaceRows(execute, touch, SQLITE, enter_scope=enter_scope)
        self.backups = BackupRows(execute, SQLITE)
        self.trash = TrashRows(execute, touch, self.memories, SQLITE)
        self.records = RecordRows(execute, self.memories, self.events, SQLITE)
        self.external_ids = ExternalIdRows(execute, SQLITE)
        self.documents = DocumentRows(execute, touch, SQLITE)
        vectors = VectorCopier(execute, SQLITE, self.models, self.vectors, bytes)
        self.database_copy = CopyRows(execute, SQLITE, self.memories, self.full_text, vectors)

    @contextmanager
    def within(self, roots: Iterable[str], *, unfiled: bool) -> Iterator["SqliteTransaction"]:
        """See adapters.sql.scoped_database.ScopableTransaction."""
        if self._scoped is None:
            self._scoped = self._make_scoped()
        wanted = (json.dumps(sorted(roots)), unfiled)
        if self._entered != wanted:
            self._enter(wanted)
        if self._is_reader:
            self._scoped.vectors.snapshot = (wanted, self._connection.pragma("data_version"))
        self._scoped.note_changes()
        yield self._scoped

    def _enter(self, wanted: tuple[str, bool]) -> None:
        if self._is_reader:  # which may not write to temporary tables either
            self._connection.pragma("query_only", False)
        try:
            self.execute("DELETE FROM temp.scope_workspaces")
            self.execute(_FILL_SCOPE, wanted)
        finally:
            if self._is_reader:
                self._connection.pragma("query_only", True)
        self._entered = wanted

    def begin(self) -> None:
        """Reset `touched` and `has_written` for the next function; leave the scope."""
        self.touched.clear()
        self._entered = None
        self.note_changes()

    def note_changes(self) -> None:
        """Reset `has_written`."""
        self._changes_before = self._total_changes()

    @property
    def has_written(self) -> bool:
        return self._total_changes() != self._changes_before


def _execute_scoped(execute: Execute, sql: str, *values: Any) -> Any:
    return execute(scoped(sql, _SCOPE), *values)
