"""A worker: its queue consumers, its heartbeat, its periodic tasks, the rescue of lost jobs."""

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import uuid4

import structlog

from memorizer.domain.errors import MemorizerError
from memorizer.domain.jobs import LEASE_MS, Claim, Queue, WorkerRecord
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobConsumer, JobReader, Task
from memorizer.ports.signals import Signals
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Loop, Supervisor
from memorizer.worker.execution import JobExecution
from memorizer.worker.periodic import PeriodicTask, run_periodically
from memorizer.worker.processes import is_dead, pid_scope
from memorizer.worker.queue_consumer import QueueConsumer

log = structlog.get_logger()

RESCUE_SECONDS = 5.0


@dataclass(slots=True)
class Worker:
    """Runs jobs until it is stopped. Any number may run, in any process, on any machine."""

    jobs: JobConsumer
    job_reader: JobReader
    signals: Signals
    clock: Clock
    telemetry: Telemetry
    tasks: Sequence[Task]
    slots: Mapping[Queue, int]
    periodic_tasks: Sequence[PeriodicTask] = ()
    grace_seconds: float = 10.0
    lease_ms: int = LEASE_MS
    supervisor: Supervisor = field(default_factory=Supervisor)
    _consumers: list[QueueConsumer] = field(default_factory=list, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop` is set, then finish or release those that are running.

        An unexpected error ends nothing: the loop that failed is started again.
        """
        await self.supervisor.run("worker", lambda loop: self._run(stop, loop), stop)

    async def _run(self, stop: asyncio.Event, loop: Loop) -> None:
        me = self._new_record()
        by_name = {task.name: task for task in self.tasks}

        def start(claim: Claim) -> JobExecution:
            return JobExecution(claim, by_name, self.jobs, self.telemetry)

        self._consumers = [
            QueueConsumer(
                me.id,
                queue,
                slots,
                jobs=self.jobs,
                job_reader=self.job_reader,
                signals=self.signals,
                clock=self.clock,
                start=start,
            )
            for queue, slots in self.slots.items()
        ]
        log.info("worker started", worker=me.id, queues=[str(q) for q in self.slots])
        loop.works()
        await self._work(me, stop)
        with suppress(MemorizerError):  # the row goes stale and is dropped by the next rescue
            await self.jobs.deregister_worker(me.id)
        log.info("worker stopped", worker=me.id)

    def _new_record(self) -> WorkerRecord:
        now = self.clock.now()
        host, pid = socket.gethostname(), os.getpid()
        name = f"{host}-{pid}-{uuid4().hex[:6]}"
        return WorkerRecord(name, host, pid, tuple(self.slots), now, now, pid_scope=pid_scope())

    async def _work(self, me: WorkerRecord, stop: asyncio.Event) -> None:
        """Run all loops until the stop; the heartbeat goes on until all consumers drained."""
        drained = asyncio.Event()

        async def beat() -> None:
            await self._beat(me)

        async def rescue() -> None:
            await self._rescue(me)

        heartbeat = PeriodicTask("heartbeat", self.lease_ms / 3_000, beat)
        rescuer = PeriodicTask("rescue", min(RESCUE_SECONDS, self.lease_ms / 3_000), rescue)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_task(heartbeat, drained))
            for task in (rescuer, *self.periodic_tasks):
                group.create_task(self._run_task(task, stop))
            consumers = [
                group.create_task(self._run_consumer(consumer, stop))
                for consumer in self._consumers
            ]
            await asyncio.wait(consumers)
            drained.set()

    async def _run_task(self, task: PeriodicTask, stop: asyncio.Event) -> None:
        await self.supervisor.run(task.name, lambda loop: run_periodically(task, stop, loop), stop)

    async def _run_consumer(self, consumer: QueueConsumer, stop: asyncio.Event) -> None:
        async def work(loop: Loop) -> None:
            await consumer.run(stop, loop, grace_seconds=self.grace_seconds)

        await self.supervisor.run(f"lane {consumer.queue}", work, stop)

    async def _beat(self, me: WorkerRecord) -> None:
        leases = [lease for consumer in self._consumers for lease in consumer.leases]
        record = replace(me, heartbeat_at=self.clock.now())
        requests = await self.jobs.heartbeat(record, leases)
        for consumer in self._consumers:
            consumer.apply_stop_requests(requests)

    async def _rescue(self, me: WorkerRecord) -> None:
        """Rescue jobs whose lease ran out, and those of workers that are known to be dead."""
        dead = [w.id for w in await self.job_reader.workers() if is_dead(w, me)]
        if count := await self.jobs.rescue(dead):
            log.warning("rescued jobs of lost workers", jobs=count, workers=dead)
