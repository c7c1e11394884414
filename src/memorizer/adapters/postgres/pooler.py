"""Detect a pooler in transaction mode (PgBouncer), where each transaction gets another session.

What lives in a session does not survive there: prepared statements, settings, LISTEN, advisory
locks. Nothing in the protocol tells, so it is tried once per process.
"""

from functools import cache
from typing import Final

import structlog

from memorizer.adapters.postgres.connection import Connection, connect

PROBE_ROUNDS: Final = 3
"""One suffices unless others use the pooler at the same time."""

log = structlog.get_logger()


@cache
def is_pooled(url: str) -> bool:
    """Whether a connection changes its session between transactions, or shares one.

    Poolers hand out the session that became free last, or each in turn: both show here.
    """
    with connect(url) as one, connect(url) as other:
        pooled = any(_share(one, other) for _ in range(PROBE_ROUNDS))
    if pooled:
        log.warning(
            "PostgreSQL is behind a pooler in transaction mode: what other processes change "
            "is seen within a second, not at once"
        )
    return pooled


def _share(one: Connection, other: Connection) -> bool:
    first, second, others = _session(one), _session(one), _session(other)
    return first != second or second == others


def _session(connection: Connection) -> int:
    """Of a transaction of its own."""
    [(pid,)] = connection.execute("SELECT pg_backend_pid()")
    connection.commit()
    return int(pid)
