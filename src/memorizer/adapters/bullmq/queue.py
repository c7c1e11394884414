"""The job queue on Redis: BullMQ moves the jobs, the database keeps what they changed."""

from collections.abc import Mapping

from memorizer.adapters.bullmq.admin import BullmqAdmin
from memorizer.adapters.bullmq.cancellation import Cancellation
from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.consumer import BullmqConsumer
from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.job_reader import BullmqJobReader
from memorizer.adapters.bullmq.owner import Owner
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.server_info import ServerInfo
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.adapters.bullmq.worker_registry import WorkerRegistry
from memorizer.domain.jobs import Queue
from memorizer.ports.transactions import Database


class BullmqJobQueue(BullmqConsumer, BullmqAdmin):
    """Implements ports.job_queue.JobQueue."""

    def __init__(
        self,
        connection: RedisConnection,
        queues: Mapping[Queue, Transitions],
        *,
        workers: WorkerRegistry,
        job_reader: BullmqJobReader,
        dispatcher: Dispatcher,
        repairs: Repairs,
        owner: Owner,
        server: ServerInfo,
        database: Database,
        lease_ms: int,
    ) -> None:
        cancellation = Cancellation(queues, job_reader, dispatcher, database)
        BullmqConsumer.__init__(
            self,
            connection,
            queues,
            workers=workers,
            dispatcher=dispatcher,
            repairs=repairs,
            cancellation=cancellation,
            database=database,
            lease_ms=lease_ms,
        )
        BullmqAdmin.__init__(
            self, queues, job_reader=job_reader, cancellation=cancellation, database=database
        )
        self._owner = owner
        self._server = server

    async def check_available(self) -> None:
        await self._owner.try_to_write()

    async def check(self) -> str | None:
        await self.check_available()
        await self._server.read_policy()
        self._repairs.require_none()
        return self._repairs.warning
