"""Turns BullMQ's events into signals: jobs changed, jobs are ready, jobs should stop."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from bullmq import QueueEvents
from redis.exceptions import RedisError

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.domain.jobs import PUBLIC_QUEUES, Queue
from memorizer.domain.topics import JOBS, OUTBOX, STOPS, of_job, of_queue
from memorizer.ports.signals import Signals
from memorizer.supervision import Loop

BLOCK_MS: Final = 5_000
RECONNECT_SECONDS: Final = 0.5

_READY: Final = {"waiting", "delayed", "resumed"}
"""Events after which there may be a job to claim, now or later."""
_STOPPING: Final = {"cancel-requested", "stalled"}
_OTHERS: Final = {"active", "progress", "completed", "failed", "removed", "cancelled", "paused"}

_UNBLOCKED: Final = "UNBLOCKED"
"""A server that becomes a replica ends blocking reads with this, which is no failure."""

Listener = Callable[[Mapping[str, str], str], None]


class EventListener:
    """Follows the event stream of one queue, and resumes after the last event it read."""

    def __init__(
        self, connection: RedisConnection, queue: Queue, prefix: str, signals: Signals
    ) -> None:
        self._connection = connection
        self.queue = queue
        self._prefix = prefix
        self._signals = signals
        self._public_topics = {JOBS} if queue in PUBLIC_QUEUES else set()
        self._last: str | None = None
        self._pending: set[str] = set()

    async def run(self, loop: Loop) -> None:
        """Follow the stream until cancelled; reconnect after RECONNECT_SECONDS."""
        while True:
            client = self._connection.listener(timeout=BLOCK_MS / 1_000 + 5)
            events = QueueEvents(
                self.queue,
                {
                    "autorun": False,
                    "connection": client,
                    "prefix": self._prefix,
                    "blockingTimeout": BLOCK_MS,
                    "skipVersionCheck": True,
                },
            )
            try:
                await self._follow(events, loop)
            finally:
                self._publish_all()
                await events.close()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _follow(self, events: QueueEvents, loop: Loop) -> None:
        """Publish events until the connection breaks."""
        events.on("error", self._note_failure)
        for name in _READY | _STOPPING | _OTHERS:
            events.on(name, self._listener(name))
        try:
            newest = await events.client.xrevrange(events.keys["events"], count=1)
            loop.works()
            if self._last is None:  # BullMQ's "$" would miss what comes between two reads
                self._last = newest[0][0] if newest else "0-0"
                self._publish_all()
            events.opts["lastEventId"] = self._last
            await events.run()
        except (RedisError, OSError) as error:
            self._note_failure(error)

    def _publish_all(self) -> None:
        """Events may have been missed: all subscribers look again."""
        topics = {STOPS, OUTBOX, of_queue(self.queue), *self._public_topics}
        self._signals.publish(frozenset(topics))

    def _note_failure(self, error: Exception) -> None:
        if not str(error).startswith(_UNBLOCKED):
            self._connection.note_failure(error, "events")

    def _listener(self, name: str) -> Listener:
        queue_topics = {of_queue(self.queue)} if name in _READY else set()
        stop_topics = {STOPS} if name in _STOPPING else set()
        always = frozenset(queue_topics | stop_topics | self._public_topics)

        def on_event(event: Mapping[str, str], event_id: str) -> None:
            self._last = event_id
            job_id = event.get("jobId")
            self._publish_soon(always | {of_job(job_id)} if job_id else always)

        return on_event

    def _publish_soon(self, topics: frozenset[str]) -> None:
        """Gather topics; publish them once this turn of the event loop is over."""
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._publish)
        self._pending |= topics

    def _publish(self) -> None:
        topics, self._pending = frozenset(self._pending), set()
        self._signals.publish(topics)
