"""The workers of all machines: one entry each, renewed by its heartbeat."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.domain.jobs import Queue, WorkerRecord
from memorizer.ports.clock import Clock


class WorkerRegistry:
    """A Redis hash: worker id to JSON. Everything raises QueueUnavailable."""

    def __init__(
        self, connection: RedisConnection, prefix: str, clock: Clock, lease_ms: int
    ) -> None:
        self._connection = connection
        self._key = f"{prefix}:memorizer:workers"
        self._clock = clock
        self._lease_ms = lease_ms

    async def heartbeat(self, worker: WorkerRecord, current_jobs: Iterable[str]) -> None:
        """Store the worker with the time of its heartbeat and the ids of its jobs."""
        entry = {
            "host": worker.host,
            "pid": worker.pid,
            "queues": worker.queues,
            "startedAt": worker.started_at,
            "heartbeatAt": worker.heartbeat_at,
            "currentJobs": list(current_jobs),
            "pidScope": worker.pid_scope,
        }
        beat = self._connection.client.hset(self._key, worker.id, json.dumps(entry))
        await self._connection.run("heartbeat", beat, writes=True)

    async def list_alive(self) -> list[WorkerRecord]:
        """Return workers with a heartbeat within the lease time, the longest running first."""
        workers = [worker for worker in await self._all() if not self._is_expired(worker)]
        return sorted(workers, key=lambda worker: worker.started_at)

    async def deregister_worker(self, worker_ids: Iterable[str]) -> None:
        """Delete the entries of these workers."""
        if ids := list(worker_ids):
            await self._connection.run("sign off", self._connection.client.hdel(self._key, *ids))

    async def prune(self) -> None:
        """Delete the entries of workers without a heartbeat within the lease time."""
        await self.deregister_worker(
            [each.id for each in await self._all() if self._is_expired(each)]
        )

    def _is_expired(self, worker: WorkerRecord) -> bool:
        return worker.heartbeat_at < self._clock.now() - self._lease_ms

    async def _all(self) -> list[WorkerRecord]:
        entries = await self._connection.run("workers", self._connection.reader.hgetall(self._key))
        return [_worker(str(worker_id), json.loads(text)) for worker_id, text in entries.items()]


def _worker(worker_id: str, entry: Mapping[str, Any]) -> WorkerRecord:
    return WorkerRecord(
        id=worker_id,
        host=entry["host"],
        pid=entry["pid"],
        queues=tuple(Queue(name) for name in entry["queues"]),
        started_at=entry["startedAt"],
        heartbeat_at=entry["heartbeatAt"],
        current_jobs=tuple(entry["currentJobs"]),
        pid_scope=entry.get("pidScope"),  # a worker of an older version has none
    )
