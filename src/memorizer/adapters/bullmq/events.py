"""BullMQ's events as signals: that a job moved, that there is work, that a job should stop."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from bullmq import QueueEvents
from redis.exceptions import RedisError

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.domain.jobs import PUBLIC_QUEUES, Queue
from memorizer.domain.topics import DISPATCHES, JOBS, STOPS, of_job, of_queue
from memorizer.ports.signals import Signals
from memorizer.supervision import Loop

BLOCK_MS: Final = 5_000
PAUSE_SECONDS: Final = 0.5

_READY: Final = {"waiting", "delayed", "resumed"}
"""After these there may be something to claim, now or later."""
_STOPPING: Final = {"cancel-requested", "stalled"}
_OTHERS: Final = {"active", "progress", "completed", "failed", "removed", "cancelled", "paused"}

_UNBLOCKED: Final = "UNBLOCKED"
"""A server that becomes a replica ends the reads that wait, which is no failure."""

Listener = Callable[[Mapping[str, str], str], None]


class Events:
    """Follows the event stream of one queue, and goes on where it was after a break."""

    def __init__(self, link: RedisConnection, queue: Queue, prefix: str, signals: Signals) -> None:
        self._link = link
        self.queue = queue
        self._prefix = prefix
        self._signals = signals
        self._everywhere = {JOBS} if queue in PUBLIC_QUEUES else set()
        self._last: str | None = None
        self._heard: set[str] = set()

    async def run(self, loop: Loop) -> None:
        """Work until cancelled."""
        while True:
            client = self._link.listener(timeout=BLOCK_MS / 1_000 + 5)
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
                # Redis may have been emptied: whoever waits should look
                topics = {STOPS, DISPATCHES, of_queue(self.queue), *self._everywhere}
                self._signals.publish(frozenset(topics))
                await events.close()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self, events: QueueEvents, loop: Loop) -> None:
        """Until the connection breaks."""
        events.on("error", self._note)
        for name in _READY | _STOPPING | _OTHERS:
            events.on(name, self._listener(name))
        try:
            newest = await events.client.xrevrange(events.keys["events"], count=1)
            loop.works()
            if self._last is None:  # BullMQ's "$" would miss what comes between two reads
                self._last = newest[0][0] if newest else "0-0"
            events.opts["lastEventId"] = self._last
            await events.run()
        except (RedisError, OSError) as error:
            self._note(error)

    def _note(self, error: Exception) -> None:
        if not str(error).startswith(_UNBLOCKED):
            self._link.note_failure(error, "events")

    def _listener(self, name: str) -> Listener:
        queue_topics = {of_queue(self.queue)} if name in _READY else set()
        stop_topics = {STOPS} if name in _STOPPING else set()
        always = frozenset(queue_topics | stop_topics | self._everywhere)

        def hear(event: Mapping[str, str], event_id: str) -> None:
            self._last = event_id
            job_id = event.get("jobId")
            self._tell(always | {of_job(job_id)} if job_id else always)

        return hear

    def _tell(self, topics: frozenset[str]) -> None:
        """Signal once what was read at once."""
        if not self._heard:
            asyncio.get_running_loop().call_soon(self._publish)
        self._heard |= topics

    def _publish(self) -> None:
        topics, self._heard = frozenset(self._heard), set()
        self._signals.publish(topics)
