"""Signals between the processes on one database, with LISTEN and NOTIFY.

They are sent after the commit, from a connection of their own: a NOTIFY inside a transaction
makes all commits of the database wait for each other. What is lost when a process dies in
between, or while the server is away, is made up for: everybody is told to look.
"""

import json
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Final
from uuid import uuid4

import psycopg

from memorizer.adapters.postgres.connection import Connection, connect
from memorizer.adapters.postgres.errors import STORAGE_ERRORS
from memorizer.adapters.postgres.pooler import is_pooled
from memorizer.adapters.sql.signals import ANY_TOPIC
from memorizer.supervision import Loop, Supervisor

CHANNEL: Final = "memorizer"
MAX_PAYLOAD_BYTES: Final = 7_000
"""Bytes; PostgreSQL refuses 8,000."""
RECONNECT_SECONDS: Final = 1.0
LISTEN_SECONDS: Final = 1.0
POLL_SECONDS: Final = 1.0
DEBOUNCE_SECONDS: Final = 0.02
"""Debounce interval: hundreds of commits a second share a few messages."""
STOP_TIMEOUT_SECONDS: Final = 2.0
"""How long `stop` waits for the threads; one that is connecting is left behind."""

Publish = Callable[[frozenset[str]], None]


class NotifyBridge:
    """Two threads: one sends our topics to the other processes, one receives theirs."""

    def __init__(self, url: str, publish: Publish, supervisor: Supervisor) -> None:
        self._url = url
        self._publish = publish
        self._name = uuid4().hex
        self._outgoing: SimpleQueue[frozenset[str] | None] = SimpleQueue()
        self._unsent: frozenset[str] = frozenset()
        self._has_listened = False
        self._stopping = Event()
        self._threads = [
            Thread(
                target=supervisor.run_in_thread,
                args=(name, work, self._stopping),
                name=f"memorizer-{name}",
                daemon=True,
            )
            for name, work in (("notify", self._run_sender), ("listen", self._run_listener))
        ]
        for thread in self._threads:
            thread.start()

    def send(self, topics: frozenset[str]) -> None:
        """Queue topics to send to the other processes."""
        if topics:
            self._outgoing.put(topics)

    def stop(self) -> None:
        """Send what waits, and end both threads."""
        self._stopping.set()
        self._outgoing.put(None)
        for thread in self._threads:
            thread.join(STOP_TIMEOUT_SECONDS)

    def _run_sender(self, loop: Loop) -> None:
        while True:
            try:
                with connect(self._url, autocommit=True) as connection:
                    self._notify(connection, self._unsent)
                    self._unsent = frozenset({ANY_TOPIC})  # what is on its way when this breaks
                    self._send(connection, loop)
                    return
            except STORAGE_ERRORS:
                if self._stopping.wait(RECONNECT_SECONDS):
                    return

    def _send(self, connection: Connection, loop: Loop) -> None:
        is_last = False
        while not is_last:
            loop.works()
            topics, is_last = self._drain_queue()
            self._notify(connection, topics)  # the last also wakes our own listener, to end
            self._stopping.wait(DEBOUNCE_SECONDS)

    def _drain_queue(self) -> tuple[frozenset[str], bool]:
        """Wait for topics, and take all that are queued; and whether the bridge was stopped."""
        topics: frozenset[str] = frozenset()
        more = self._outgoing.get()
        while more is not None:
            topics |= more
            try:
                more = self._outgoing.get_nowait()
            except Empty:
                return topics, False
        return topics, True

    def _notify(self, connection: Connection, topics: frozenset[str]) -> None:
        payload = json.dumps([self._name, *topics])
        if len(payload) > MAX_PAYLOAD_BYTES:
            payload = json.dumps([self._name, ANY_TOPIC])
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
        if topics:
            connection.execute("SELECT nextval('store_changes_seq')")

    def _run_listener(self, loop: Loop) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._url, autocommit=True) as connection:
                    listen = self._poll if is_pooled(self._url) else self._listen
                    if listen == self._listen:
                        connection.execute(f"LISTEN {CHANNEL}")
                    if self._has_listened:
                        self._publish(frozenset({ANY_TOPIC}))
                    self._has_listened = True
                    listen(connection, loop)
            except STORAGE_ERRORS:
                self._has_listened = True
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self, connection: Connection, loop: Loop) -> None:
        while not self._stopping.is_set():
            loop.works()
            for notice in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                sender, topics = _read(notice)
                if sender != self._name:
                    self._publish(topics)

    def _poll(self, connection: Connection, loop: Loop) -> None:
        """Behind a pooler LISTEN is impossible: poll whether a message was sent."""
        seen = _sent_messages(connection)
        while not self._stopping.wait(POLL_SECONDS):
            loop.works()
            if (now := _sent_messages(connection)) != seen:
                seen = now
                self._publish(frozenset({ANY_TOPIC}))


def _sent_messages(connection: Connection) -> int:
    """Return the number of messages with topics that all processes have sent."""
    [(number,)] = connection.execute(
        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM store_changes_seq"
    )
    return int(number)


def _read(notice: psycopg.Notify) -> tuple[str, frozenset[str]]:
    """Return the sender and the topics; ANY_TOPIC for a message that is not ours."""
    try:
        sender, *topics = json.loads(notice.payload)
        return str(sender), frozenset(map(str, topics))
    except (ValueError, TypeError):
        return "", frozenset({ANY_TOPIC})
