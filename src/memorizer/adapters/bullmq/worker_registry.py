"""Who works, on any machine: one entry per worker, renewed by its heartbeat."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.domain.jobs import Queue, WorkerRecord
from memorizer.ports.clock import Clock


class WorkerRegistry:
    """Workers as a hash beside BullMQ's keys. Raises QueueUnavailable."""

    def __init__(self, link: RedisConnection, prefix: str, clock: Clock, lease_ms: int) -> None:
        self._link = link
        self._key = f"{prefix}:memorizer:workers"
        self._clock = clock
        self._lease_ms = lease_ms

    async def heartbeat(self, worker: WorkerRecord, current_jobs: Iterable[str]) -> None:
        """Write down that the worker lives, and what it does."""
        entry = {
            "host": worker.host,
            "pid": worker.pid,
            "queues": worker.queues,
            "startedAt": worker.started_at,
            "heartbeatAt": worker.heartbeat_at,
            "currentJobs": list(current_jobs),
            "pidScope": worker.pid_scope,
        }
        beat = self._link.client.hset(self._key, worker.id, json.dumps(entry))
        await self._link.run("heartbeat", beat, writes=True)

    async def list_alive(self) -> list[WorkerRecord]:
        """Those with a heartbeat within the lease time, the oldest first."""
        workers = [worker for worker in await self._all() if not self._is_silent(worker)]
        return sorted(workers, key=lambda worker: worker.started_at)

    async def deregister_worker(self, worker_ids: Iterable[str]) -> None:
        """These are gone."""
        if ids := list(worker_ids):
            await self._link.run("sign off", self._link.client.hdel(self._key, *ids))

    async def prune(self) -> None:
        """Drop the entries that nobody renews."""
        await self.deregister_worker(
            [each.id for each in await self._all() if self._is_silent(each)]
        )

    def _is_silent(self, worker: WorkerRecord) -> bool:
        return worker.heartbeat_at < self._clock.now() - self._lease_ms

    async def _all(self) -> list[WorkerRecord]:
        entries = await self._link.run("workers", self._link.reader.hgetall(self._key))
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
