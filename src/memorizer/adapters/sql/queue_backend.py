"""Which backend holds the unfinished jobs of a store, and moving them to the other one.

They are in the table `jobs`, or in an external queue (Redis): then `dispatches` is its outbox.
"""

from typing import Final

from memorizer.adapters.sql.dialect import Dialect, Execute
from memorizer.domain.errors import Misconfigured

_ON_REDIS: Final = (
    "The job queues of this store are on Redis. Set MEMORIZER_REDIS_URL as its server has it; "
    "`memorizer start` without it brings the queues back."
)
_IN_DATABASE: Final = (
    "The job queues of this store are in its own database, but MEMORIZER_REDIS_URL is set. "
    "Start the server with it once: `memorizer start` moves the queues to Redis."
)


def is_current(execute: Execute, dialect: Dialect, *, external: bool) -> bool:
    """Whether the jobs are in the configured backend; takes no lock."""
    return _current(execute, dialect) == external


def switch_backend(execute: Execute, dialect: Dialect, *, external: bool, may_move: bool) -> None:
    """Move the jobs to the configured backend, in a transaction that runs alone.

    Raises Misconfigured without `may_move`: a command that lacks the server's settings would
    otherwise take the jobs away from under it.
    """
    current, statements = _current(execute, dialect), dialect.statements
    if current == external:
        return
    if current is not None and not may_move:
        raise Misconfigured(_ON_REDIS if current else _IN_DATABASE)
    if external:
        execute(statements["copy_jobs_to_dispatches"])
        execute(statements["delete_unfinished_jobs"])
    else:
        execute(statements["copy_dispatches_to_jobs"])
        execute(statements["delete_all_dispatches"])
    execute(statements["delete_queue_home"])
    execute(statements["insert_queue_home"], (int(external),))


def _current(execute: Execute, dialect: Dialect) -> bool | None:
    row = execute(dialect.statements["get_queue_home"]).fetchone()
    return None if row is None else bool(row[0])
