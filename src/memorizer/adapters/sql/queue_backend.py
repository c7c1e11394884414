"""Where the unfinished jobs of a store are, and their moving out of its tables or back."""

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
_AWAY: Final = (
    "The job queues of this store are on Redis. Set MEMORIZER_REDIS_URL as its server has it; "
    "`memorizer start` without it brings the queues back."
)
_HERE: Final = (
    "The job queues of this store are in its own database, but MEMORIZER_REDIS_URL is set. "
    "Start the server with it once: `memorizer start` moves the queues to Redis."
)


def is_current(execute: Execute, *, elsewhere: bool) -> bool:
    """Whether the jobs are where they should be; asked without a lock."""
    return _home(execute) == elsewhere


def switch_backend(execute: Execute, *, elsewhere: bool, may_move: bool) -> None:
    """Note where the jobs are; take them along if that has changed. In a transaction, alone.

    Raises Misconfigured where only a server may do so: a command without the server's settings
    would otherwise take the jobs away from under it.
    """
    home = _home(execute)
    if home == elsewhere:
        return
    if home is not None and not may_move:
        raise Misconfigured(_AWAY if home else _HERE)
    for statement in _MOVE_OUT if elsewhere else _MOVE_IN:
        execute(statement)
    execute("DELETE FROM queue_home")
    execute("INSERT INTO queue_home VALUES (?)", (int(elsewhere),))


def _home(execute: Execute) -> bool | None:
    row = execute("SELECT elsewhere FROM queue_home").fetchone()
    return None if row is None else bool(row[0])
