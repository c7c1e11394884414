"""Signals to and from other processes on the same database: LISTEN and NOTIFY.

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

from memorizer.adapters.postgres.connection import CONNECT_SECONDS
from memorizer.adapters.sql.signals import ANY

CHANNEL: Final = "memorizer"
LONGEST_PAYLOAD: Final = 7_000
"""Bytes; PostgreSQL refuses 8,000."""
RECONNECT_SECONDS: Final = 1.0
LISTEN_SECONDS: Final = 1.0

Publish = Callable[[frozenset[str]], None]


class Courier:
    """Two threads: one sends our topics to the other processes, one hears theirs."""

    def __init__(self, url: str, publish: Publish) -> None:
        self._url = url
        self._publish = publish
        self._name = uuid4().hex
        self._outgoing: SimpleQueue[frozenset[str] | None] = SimpleQueue()
        self._stopping = Event()
        self._threads = [
            Thread(target=self._send_all, name="memorizer-notify", daemon=True),
            Thread(target=self._listen_always, name="memorizer-listen", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, topics: frozenset[str]) -> None:
        """Tell the other processes, soon."""
        if topics:
            self._outgoing.put(topics)

    def stop(self) -> None:
        """End both threads."""
        self._stopping.set()
        self._outgoing.put(None)
        for thread in self._threads:
            thread.join()

    def _send_all(self) -> None:
        late: frozenset[str] = frozenset()
        while not self._stopping.is_set():
            try:
                with self._connected() as connection:
                    self._tell(connection, late)
                    while (topics := self._gathered()) is not None:
                        late = topics
                        self._tell(connection, topics)
                    self._tell(connection, frozenset())  # wakes our own listener, to end
                    return
            except psycopg.OperationalError:
                late = frozenset({ANY})
                self._stopping.wait(RECONNECT_SECONDS)

    def _gathered(self) -> frozenset[str] | None:
        """Wait for topics, and take along what else is there; None at the end."""
        topics: frozenset[str] = frozenset()
        more = self._outgoing.get()
        while more is not None:
            topics |= more
            try:
                more = self._outgoing.get_nowait()
            except Empty:
                return topics
        return None

    def _tell(self, connection: psycopg.Connection, topics: frozenset[str]) -> None:
        payload = json.dumps([self._name, *topics])
        if len(payload) > LONGEST_PAYLOAD:
            payload = json.dumps([self._name, ANY])
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def _listen_always(self) -> None:
        is_first = True
        while not self._stopping.is_set():
            try:
                with self._connected() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    if not is_first:
                        self._publish(frozenset({ANY}))  # what was said meanwhile is not known
                    is_first = False
                    self._listen(connection)
            except psycopg.OperationalError:
                self._stopping.wait(RECONNECT_SECONDS)

    def _listen(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            for notice in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                sender, *topics = json.loads(notice.payload)
                if sender != self._name:
                    self._publish(frozenset(topics))

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="memorizer signals",
        )
