"""All tables of one transaction on one connection."""

import apsw

from memorizer.adapters.sql.backup_log import BackupRows
from memorizer.adapters.sql.bulk_progress import BulkBatchRows
from memorizer.adapters.sql.database_copy import CopyRows
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.events import EventRows
from memorizer.adapters.sql.idempotency import IdempotencyRows
from memorizer.adapters.sql.job_admin import AdminRows
from memorizer.adapters.sql.job_consumer import ConsumerRows, WorkerRows
from memorizer.adapters.sql.job_enqueuer import EnqueuerRows
from memorizer.adapters.sql.job_reader import JobReaderRows
from memorizer.adapters.sql.memories import MemoryRows
from memorizer.adapters.sql.models import ModelRows
from memorizer.adapters.sql.queue_outbox import OutboxRows
from memorizer.adapters.sql.records import RecordRows
from memorizer.adapters.sql.relationships import RelationshipRows
from memorizer.adapters.sql.tokens import TokenRows
from memorizer.adapters.sql.trash import TrashRows
from memorizer.adapters.sql.vector_copy import VectorCopier
from memorizer.adapters.sql.versions import VersionRows
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.full_text import FullTextRows
from memorizer.adapters.sqlite.quantized_index import QuantizedIndexes
from memorizer.adapters.sqlite.vectors import SqliteVectorPartitions, VectorRows
from memorizer.domain.jobs import LEASE_MS
from memorizer.ports.clock import Clock
from memorizer.ports.jobs import JobEnqueuer


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
    ) -> None:
        """`execute` runs the statements in the place of the connection's own."""
        self.touched: set[str] = set()
        self._total_changes = connection.total_changes
        self._changes_before = 0
        touch = self.touched.add
        execute = execute or connection.execute
        self.memories = MemoryRows(execute, touch, SQLITE)
        self.versions = VersionRows(execute, touch, SQLITE)
        self.events = EventRows(execute, SQLITE)
        self.relationships = RelationshipRows(execute, touch, SQLITE)
        self.idempotency = IdempotencyRows(execute, SQLITE)
        self.full_text = FullTextRows(execute, SQLITE.statements)
        self.vectors = VectorRows(execute, indexes)
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
        self.backups = BackupRows(execute, SQLITE)
        self.trash = TrashRows(execute, touch, self.memories, SQLITE)
        self.records = RecordRows(execute, self.memories, SQLITE)
        vectors = VectorCopier(execute, SQLITE, self.models, self.vectors, bytes)
        self.database_copy = CopyRows(execute, SQLITE, self.memories, self.full_text, vectors)

    def begin(self) -> None:
        """Reset `touched` and `has_written` for the next function."""
        self.touched.clear()
        self._changes_before = self._total_changes()

    @property
    def has_written(self) -> bool:
        return self._total_changes() != self._changes_before
