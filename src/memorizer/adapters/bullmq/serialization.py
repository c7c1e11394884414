"""Converts between BullMQ's hash of a job and domain.jobs.Job.

BullMQ's short names: ats attempts started, atm attempts made, stc stalled count, pb processed by,
defa deferred failure.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from memorizer.domain.jobs import (
    FIRST_BACKOFF_MS,
    LIFECYCLE,
    MAX_ATTEMPTS,
    BulkProgress,
    Job,
    JobState,
    NewJob,
    OutboxEntry,
    ProgressReport,
    Queue,
)

STEPS: Final = "memorizer:steps"
"""Hash field, JSON: [attempts started, [progress, ...]] as reported in that attempt."""
ITEMS: Final = "memorizer:items"
"""Hash field, JSON: [total, done, failed] of a bulk job."""
CANCEL: Final = "memorizer:cancel"
"""Hash field: set when the cancellation of a running job is requested."""
OWN_OPTIONS: Final = "memorizer"
"""Key in a job's options: {key: unique key, parent: parent id}."""
RESTORED: Final = "memorizer:restored"
"""Marks, in memory only, a hash that was restored from the outbox."""

DELAY_SCALE: Final = 0x1000
"""A delayed job's score is its time in milliseconds times this, plus a counter."""

_REVISIONS_PER_ATTEMPT: Final = 1_000
"""A job reports at most a hundred steps in each attempt."""

Raw = Mapping[str, str]


def job_options(job: NewJob, created_at: int) -> dict[str, Any]:
    """Return BullMQ's options of a job, with our retry policy for workers of any language."""
    return {
        "jobId": job.id,
        "timestamp": created_at,
        "attempts": MAX_ATTEMPTS,
        "backoff": {"type": "exponential", "delay": FIRST_BACKOFF_MS},
        "removeOnComplete": is_transient(job.queue),
        "removeOnFail": is_transient(job.queue),
        OWN_OPTIONS: {"key": job.unique_key, "parent": job.parent_id},
    }


def hash_fields(row: OutboxEntry) -> Raw:
    """Return the hash that BullMQ would make of a job in the outbox."""
    return {
        "name": row.job.name,
        "data": json.dumps(dict(row.job.data), ensure_ascii=False),
        "opts": json.dumps(job_options(row.job, row.created_at)),
        "timestamp": str(row.created_at),
        "delay": "0",
        "priority": "0",
    }


def is_transient(queue: Queue) -> bool:
    """Whether ended jobs are removed at once: bulk_progress keeps the outcome of slices."""
    return queue is Queue.SLICES


def parse_new_job(queue: Queue, job_id: str, raw: Raw) -> NewJob:
    """Return a job as it was enqueued, from its hash."""
    ours = _own_options(_object(raw.get("opts")))
    return NewJob(
        job_id, queue, raw.get("name", ""), _object(raw.get("data")), ours["key"], ours["parent"]
    )


def unsent_job(job: NewJob, created_at: int) -> Job:
    """Return the waiting job of an outbox entry that is not sent yet."""
    return Job(
        job.id,
        job.queue,
        job.name,
        job.data,
        JobState.WAITING,
        created_at,
        parent_id=job.parent_id,
    )


def parse_job(
    queue: Queue, job_id: str, raw: Raw, state: JobState, run_at: int | None = None
) -> Job:
    """Return a job from its hash; `state` and `run_at` (ms) come from where it is listed."""
    options = _object(raw.get("opts"))
    started = _int(raw.get("ats"))
    reported = _reported(raw, started)
    steps = tuple(
        ProgressReport(started * _REVISIONS_PER_ATTEMPT + n, progress)
        for n, progress in enumerate(reported, start=2)
    )
    completed = state is JobState.COMPLETED
    return Job(
        id=job_id,
        queue=queue,
        name=raw.get("name", ""),
        data=_object(raw.get("data")),
        state=state,
        created_at=_int(raw.get("timestamp")),
        progress=100 if completed else reported[-1] if reported else 0,
        steps=steps,
        revision=_revision(state, started, len(steps)),
        items=_items(raw),
        attempts=_int(raw.get("atm")),
        max_attempts=max(_int(options.get("attempts")), 1),
        rescues=_int(raw.get("stc")),
        cancel_requested=CANCEL in raw,
        result=_result(raw) if completed else None,
        error=None if completed else raw.get("failedReason"),
        parent_id=_own_options(options)["parent"],
        worker_id=raw.get("pb") if state is JobState.ACTIVE else None,
        run_at=run_at,
        started_at=_int(raw.get("processedOn")) or None,
        finished_at=(_int(raw.get("finishedOn")) or None) if LIFECYCLE[state].final else None,
    )


def _revision(state: JobState, started: int, steps: int) -> int:
    """Return a number that grows with every visible change, equal in all processes."""
    if LIFECYCLE[state].final:
        within = _REVISIONS_PER_ATTEMPT - 1
    elif state is JobState.ACTIVE:
        within = 1 + steps
    else:
        within = _REVISIONS_PER_ATTEMPT - 2 if started else 0
    return started * _REVISIONS_PER_ATTEMPT + within


def _reported(raw: Raw, started: int) -> list[int]:
    """Return the progress reported in the present attempt, not in earlier ones."""
    found = _parsed(raw.get(STEPS))
    if isinstance(found, list) and found[0] == started:
        return list(found[1])
    return []


def dump_items(items: BulkProgress | None) -> str:
    """Return the value of ITEMS; empty for None."""
    return json.dumps([items.total, items.done, items.failed]) if items else ""


def _items(raw: Raw) -> BulkProgress | None:
    found = _parsed(raw.get(ITEMS))
    return BulkProgress(*found) if isinstance(found, list) else None


def _result(raw: Raw) -> Mapping[str, object]:
    """Return the result as an object; a worker of another language may return any JSON."""
    found = _parsed(raw.get("returnvalue"))
    if isinstance(found, dict):
        return found
    return {} if found is None else {"value": found}


def _own_options(options: Mapping[str, Any]) -> dict[str, str | None]:
    found = options.get(OWN_OPTIONS)
    ours = found if isinstance(found, dict) else {}
    return {"key": ours.get("key"), "parent": ours.get("parent")}


def _object(text: str | None) -> dict[str, Any]:
    """Return a JSON object; other producers may have sent anything."""
    found = _parsed(text)
    return found if isinstance(found, dict) else {}


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None


def _int(value: object) -> int:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return 0
