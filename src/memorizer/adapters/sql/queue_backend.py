"""Which backend holds the unfinished jobs of a store, and moving them to the other one.

They are in the table `jobs`, or in an external queue (Redis): then `dispatches` is its outbox.
"""

from typing import Final

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.errors import Misconfigured
from memorizer.domain.jobs import MAX_ATTEMPTS

_MOVE_OUT: Final = (
    """
INSERT INTO dispatches (job_id, queue, name, data, unique_key, parent_id, created_at)
  SELECT id, queue, name, data, unique_key, parent_id, created_at FROM jobs
  WHERE state IN ('waiting', 'delayed', 'active') ORDER BY seq
  ON CONFLICT DO NOTHING
""",
    "DELETE FROM jobs WHERE state IN ('waiting', 'delayed', 'active')",
)
_MOVE_IN: Final = (
    f"""
INSERT INTO jobs (id, queue, name, data, unique_key, parent_id, max_attempts, created_at)
  SELECT job_id, queue, name, data, unique_key,
    (SELECT p.job_id FROM dispatches p WHERE p.job_id = d.parent_id), {MAX_ATTEMPTS}, created_at
  FROM dispatches d WHERE result IS NULL ORDER BY parent_id IS NOT NULL, seq
  ON CONFLICT DO NOTHING
""",
    "DELETE FROM dispatches",
)
_ON_REDIS: Final = (
    "The job queues of this store are on Redis. Set MEMORIZER_REDIS_URL as its server has it; "
    "`memorizer start` without it brings the queues back."
)
_IN_DATABASE: Final = (
    "The job queues of this store are in its own database, but MEMORIZER_REDIS_URL is set. "
    "Start the server with it once: `memorizer start` moves the queues to Redis."
)


def is_current(execute: Execute, *, external: bool) -> bool:
    """Whether the jobs are in the configured backend; takes no lock."""
    return _current(execute) == external


def switch_backend(execute: Execute, *, external: bool, may_move: bool) -> None:
    """Move the jobs to the configured backend, in a transaction that runs alone.

    Raises Misconfigured without `may_move`: a command that lacks the server's settings would
    otherwise take the jobs away from under it.
    """
    current = _current(execute)
    if current == external:
        return
    if current is not None and not may_move:
        raise Misconfigured(_ON_REDIS if current else _IN_DATABASE)
    for statement in _MOVE_OUT if external else _MOVE_IN:
        execute(statement)
    execute("DELETE FROM queue_home")
    execute("INSERT INTO queue_home VALUES (?)", (int(external),))


def _current(execute: Execute) -> bool | None:
    row = execute("SELECT elsewhere FROM queue_home").fetchone()
    return None if row is None else bool(row[0])
