"""All tables of one transaction on one connection."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import psycopg

from memorizer.adapters.postgres.connection import Connection, Executor
from memorizer.adapters.postgres.dialect import READING, WRITING
from memorizer.adapters.postgres.full_text import FullTextRows
from memorizer.adapters.postgres.term_statistics import TermStatisticsCache
from memorizer.adapters.postgres.unindexed_vectors import UnindexedVectors
from memorizer.adapters.postgres.vectors import PostgresVectorPartitions, VectorRows, bytes_of
from memorizer.adapters.sql.backup_log import BackupRows
from memorizer.adapters.sql.bulk_progress import BulkBatchRows
from memorizer.adapters.sql.captures import CaptureRows
from memorizer.adapters.sql.database_copy import CopyRows
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
from memorizer.domain.jobs import LEASE_MS
from memorizer.ports.clock import Clock
from memorizer.ports.jobs import JobEnqueuer

_SCOPE: Final = ScopeDialect(
    in_scope=(
        "= ANY (CAST((SELECT string_to_array(current_setting('memorizer.workspaces'), ','))"
        " AS BIGINT[]))"
    ),
    linked_memory=(
        "coalesce({row}.data::jsonb ->> 'toMemoryId', {row}.data::jsonb ->> 'supersededBy')"
    ),
)
# -1 is no workspace: without any, the setting must not be empty, for then it hides nothing
_ENTER_SCOPE: Final = """
SELECT set_config('memorizer.workspaces', concat_ws(',', '-1', CASE WHEN ? THEN '0' END, (
  WITH RECURSIVE below (seq) AS (
    SELECT seq FROM workspaces WHERE id = ANY (?)
    UNION SELECT w.seq FROM workspaces w JOIN below b ON w.parent_seq = b.seq
  )
  SELECT string_agg(seq::text, ',') FROM below)), true)
"""
_WIDEN_SCOPE: Final = """
SELECT set_config('memorizer.workspaces', concat_ws(',',
  current_setting('memorizer.workspaces'),
  (SELECT seq FROM workspaces WHERE id = ? AND parent_seq::text = ANY (
    string_to_array(current_setting('memorizer.workspaces'), ',')))), true)
"""
_LEAVE_SCOPE: Final = "SELECT set_config('memorizer.workspaces', '', true)"

BYPASSES_ROW_SECURITY: Final = (
    "Memorizer's PostgreSQL role bypasses row-level security, the second wall between workspaces; "
    "the first one stands. An ordinary role that owns the database has both"
)


class PostgresTransaction:
    """Implements ports.transactions.Transaction and adapters.sql.job_transaction.JobTransaction."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        term_statistics: TermStatisticsCache,
        unindexed: UnindexedVectors,
        *,
        writing: bool,
        lease_ms: int = LEASE_MS,
        dispatching: bool = False,
        execute: Executor | None = None,
        touched: set[str] | None = None,
    ) -> None:
        self.touched: set[str] = set() if touched is None else touched
        self._writing = writing
        is_scoped = execute is not None
        self._execute = execute = execute or Executor(connection)
        self._make_scoped = partial(
            PostgresTransaction,
            connection,
            clock,
            term_statistics,
            unindexed,
            writing=writing,
            lease_ms=lease_ms,
            dispatching=dispatching,
            touched=self.touched,
        )
        touch, dialect = self.touched.add, WRITING if writing else READING
        self.memories = MemoryRows(execute, touch, dialect)
        self.versions = VersionRows(execute, touch, dialect)
        self.events = EventRows(execute, dialect, is_scoped=is_scoped)
        self.relationships = RelationshipRows(execute, touch, dialect)
        self.idempotency = IdempotencyRows(execute, dialect)
        self.shown = ShownMemoryRows(execute, dialect)
        self.proposals = ProposalRows(execute, touch, dialect)
        self.recalls = RecallRows(execute, dialect)
        self.captures = CaptureRows(execute, dialect)
        self.full_text = FullTextRows(
            execute, dialect.statements, term_statistics, is_scoped=is_scoped
        )
        self.vectors = VectorRows(execute, unindexed, is_scoped=is_scoped)
        self.models = ModelRows(
            execute, touch, dialect, PostgresVectorPartitions(execute, writing=writing)
        )
        self.job_enqueuer = EnqueuerRows(execute, touch, clock, dialect)
        self.job_consumer = ConsumerRows(execute, touch, clock, dialect, lease_ms=lease_ms)
        self.job_admin = AdminRows(execute, touch, clock, dialect)
        self.outbox = OutboxRows(execute, touch, clock, dialect)
        self.jobs: JobEnqueuer = self.outbox if dispatching else self.job_enqueuer
        self.batches = BulkBatchRows(execute, touch, dialect)
        self.job_reader = JobReaderRows(execute, clock, dialect, lease_ms=lease_ms)
        self.workers = WorkerRows(execute, dialect)
        self.tokens = TokenRows(execute, dialect)
        self.oauth = OAuthRows(execute, dialect)
        enter = execute.enter if isinstance(execute, ScopedExecutor) else None
        self.workspaces = WorkspaceRows(execute, touch, dialect, enter_scope=enter)
        self.backups = BackupRows(execute, dialect)
        self.trash = TrashRows(execute, touch, self.memories, dialect)
        self.records = RecordRows(execute, self.memories, self.events, dialect)
        self.external_ids = ExternalIdRows(execute, dialect)
        self.documents = DocumentRows(execute, touch, dialect)
        vectors = VectorCopier(execute, dialect, self.models, self.vectors, bytes_of)
        self.database_copy = CopyRows(execute, dialect, self.memories, self.full_text, vectors)

    @contextmanager
    def within(self, roots: Iterable[str], *, unfiled: bool) -> Iterator["PostgresTransaction"]:
        """See adapters.sql.scoped_database.ScopableTransaction.

        Other writes may follow in the same transaction (group_commit.py): they leave it before.
        """
        self._execute(_ENTER_SCOPE, (unfiled, sorted(roots)))
        yield self._make_scoped(execute=ScopedExecutor(self._execute))
        if self._writing:
            self._execute(_LEAVE_SCOPE)

    @property
    def has_written(self) -> bool:
        return self._execute.has_written

    def bytes_on_disk(self) -> int:
        """Of the whole database."""
        [(size,)] = self._execute("SELECT pg_database_size(current_database())")
        return int(size)

    def caveat(self) -> str | None:
        """Row-level security holds for roles that are neither superuser nor BYPASSRLS."""
        [(bypasses,)] = self._execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        return BYPASSES_ROW_SECURITY if bypasses else None


class ScopedExecutor(Executor):
    """Runs the statements of a scoped transaction; changes are noted where all are."""

    def __init__(self, execute: Executor) -> None:
        self._execute = execute

    def __call__(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._execute(scoped(sql, _SCOPE), values)

    def enter(self, workspace_id: str) -> None:
        """Add a new workspace to the scope, if its parent belongs to it."""
        self._execute(_WIDEN_SCOPE, (workspace_id,))

    @property
    def has_written(self) -> bool:
        return self._execute.has_written
