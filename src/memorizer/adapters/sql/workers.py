"""Who works on the jobs."""

import json

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.jobs import WorkerRecord


class WorkerRows:
    """One row per running worker."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def beat(self, worker: WorkerRecord) -> None:
        """Write down that the worker lives."""
        self._execute(
            "INSERT INTO workers (id, host, pid, queues, started_at, heartbeat_at,"
            " pid_scope) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at",
            (
                worker.id,
                worker.host,
                worker.pid,
                json.dumps(worker.queues),
                worker.started_at,
                worker.heartbeat_at,
                worker.pid_scope,
            ),
        )

    def remove(self, worker_id: str) -> None:
        self._execute("DELETE FROM workers WHERE id = ?", (worker_id,))
