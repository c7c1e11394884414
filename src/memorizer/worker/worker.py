"""A worker: its lanes, its heartbeat, the rescue of what other workers left behind."""

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
from memorizer.ports.job_queue import JobConsumer, JobInsights, Task
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
    """Works on jobs until told to stop. Any number may run, in any process, on any machine."""

    jobs: JobConsumer
    insights: JobInsights
    signals: Signals
    clock: Clock
    telemetry: Telemetry
    tasks: Sequence[Task]
    slots: Mapping[Queue, int]
    duties: Sequence[PeriodicTask] = ()
    grace_seconds: float = 10.0
    lease_ms: int = LEASE_MS
    supervisor: Supervisor = field(default_factory=Supervisor)
    _lanes: list[QueueConsumer] = field(default_factory=list, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish or give back what is running.

        No unexpected error ends it: whatever failed is started again.
        """
        await self.supervisor.run("worker", lambda loop: self._run(stop, loop), stop)

    async def _run(self, stop: asyncio.Event, loop: Loop) -> None:
        me = self._introduce()
        by_name = {task.name: task for task in self.tasks}

        def start(claim: Claim) -> JobExecution:
            return JobExecution(claim, by_name, self.jobs, self.telemetry)

        self._lanes = [
            QueueConsumer(
                me.id,
                queue,
                slots,
                jobs=self.jobs,
                insights=self.insights,
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

    def _introduce(self) -> WorkerRecord:
        now = self.clock.now()
        host, pid = socket.gethostname(), os.getpid()
        name = f"{host}-{pid}-{uuid4().hex[:6]}"
        return WorkerRecord(name, host, pid, tuple(self.slots), now, now, pid_scope=pid_scope())

    async def _work(self, me: WorkerRecord, stop: asyncio.Event) -> None:
        """Lanes wind down after the stop; the heartbeat keeps their leases until they are done."""
        drained = asyncio.Event()

        async def beat() -> None:
            await self._beat(me)

        async def rescue() -> None:
            await self._rescue(me)

        heartbeat = PeriodicTask("heartbeat", self.lease_ms / 3_000, beat)
        rescuer = PeriodicTask("rescue", min(RESCUE_SECONDS, self.lease_ms / 3_000), rescue)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._perform(heartbeat, drained))
            for duty in (rescuer, *self.duties):
                group.create_task(self._perform(duty, stop))
            lanes = [group.create_task(self._run_lane(lane, stop)) for lane in self._lanes]
            await asyncio.wait(lanes)
            drained.set()

    async def _perform(self, duty: PeriodicTask, stop: asyncio.Event) -> None:
        await self.supervisor.run(duty.name, lambda loop: run_periodically(duty, stop, loop), stop)

    async def _run_lane(self, lane: QueueConsumer, stop: asyncio.Event) -> None:
        async def work(loop: Loop) -> None:
            await lane.run(stop, loop, grace_seconds=self.grace_seconds)

        await self.supervisor.run(f"lane {lane.queue}", work, stop)

    async def _beat(self, me: WorkerRecord) -> None:
        leases = [lease for lane in self._lanes for lease in lane.leases]
        present = replace(me, heartbeat_at=self.clock.now())
        requests = await self.jobs.heartbeat(present, leases)
        for lane in self._lanes:
            lane.apply_stop_requests(requests)

    async def _rescue(self, me: WorkerRecord) -> None:
        """Do not wait for the lease of a worker that is known to be dead."""
        dead = [w.id for w in await self.insights.workers() if is_dead(w, me)]
        if count := await self.jobs.rescue(dead):
            log.warning("rescued jobs of lost workers", jobs=count, workers=dead)
