"""Repairs jobs of which Redis evicted a part, as it does under any policy but `noeviction`."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

import structlog

from memorizer.adapters.bullmq.serialization import hash_fields
from memorizer.adapters.bullmq.server_info import SAFE_POLICY, ServerInfo
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.domain.errors import QueueUnavailable
from memorizer.domain.jobs import OutboxEntry, Queue
from memorizer.ports.transactions import Database

log = structlog.get_logger()

REPORTED_SECONDS: Final = 3_600.0
"""Health reports a loss for so long."""
_REMEDY: Final = f"Set Redis's `maxmemory-policy` to `{SAFE_POLICY}`, and give it enough memory."


class Repairs:
    """Restores jobs from the outbox, and counts losses. Everything raises QueueUnavailable."""

    def __init__(
        self, queues: Mapping[Queue, Transitions], database: Database, server: ServerInfo
    ) -> None:
        self._queues = queues
        self._database = database
        self._server = server
        self._lost = 0
        self._lost_at = 0.0

    async def restore(self, queue: Queue, job_ids: Sequence[str]) -> dict[str, OutboxEntry]:
        """Restore those of these jobs that the outbox has; return its entries by job id."""

        def read(rows: Sequence[OutboxEntry | None]) -> dict[str, OutboxEntry]:
            return {row.job.id: row for row in rows if row is not None}

        rows = await self._database.read(
            lambda tx: read([tx.outbox.get(job_id) for job_id in job_ids])
        )
        for row in rows.values():
            restored = await self._queues[queue].restore(row.job.id, hash_fields(row))
            if restored > 0:
                self._count(queue)
        return rows

    async def remove_dangling(self, queue: Queue, job_ids: Sequence[str], token: str = "") -> None:
        """Remove jobs from the lists whose hashes are gone."""
        for job_id in job_ids:
            if await self._queues[queue].remove_dangling(job_id, token):
                self._count(queue)

    def _count(self, queue: Queue) -> None:
        if not self._is_fresh():
            log.warning("Redis dropped parts of jobs", queue=queue, hint=_REMEDY)
            self._lost = 0
        self._lost += 1
        self._lost_at = monotonic()

    def _is_fresh(self) -> bool:
        return self._lost > 0 and monotonic() < self._lost_at + REPORTED_SECONDS

    def require_none(self) -> None:
        """Raise QueueUnavailable where jobs were lost within the hour."""
        if self._is_fresh():
            raise QueueUnavailable(
                f"Redis dropped parts of {self._lost:,} jobs within the last hour. What Memorizer "
                "queued was queued again; jobs that had ended are gone.",
                _REMEDY,
            )

    @property
    def warning(self) -> str | None:
        """A sentence where the server may evict jobs, else None."""
        if not self._server.evicts:
            return None
        return (
            f"Redis's maxmemory-policy is `{self._server.policy}`: when memory is short it drops "
            f"jobs. {_REMEDY}"
        )
