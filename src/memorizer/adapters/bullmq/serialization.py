"""From BullMQ's hash of a job to ours; its camelCase and its short names end here."""

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
"""[attempts started, [progress, ...]]: what was reported in that attempt."""
ITEMS: Final = "memorizer:items"
"""[total, done, failed] of a bulk job."""
CANCEL: Final = "memorizer:cancel"
"""Somebody wants a running job to stop."""
OURS: Final = "memorizer"
"""The key in a job's options under which its unique key and parent stand."""
RESTORED: Final = "memorizer:restored"
"""Said of a job whose hash Redis dropped; only in memory."""

DELAY_SCALE: Final = 0x1000
"""A delayed job's score is its time in milliseconds times this, plus a counter."""

_PER_ATTEMPT: Final = 1_000
"""Revisions of one attempt; a job reports at most a hundred steps in each."""

Raw = Mapping[str, str]


def options_of(job: NewJob, created_at: int) -> dict[str, Any]:
    """BullMQ's options: a worker of any language would retry as ours do."""
    return {
        "jobId": job.id,
        "timestamp": created_at,
        "attempts": MAX_ATTEMPTS,
        "backoff": {"type": "exponential", "delay": FIRST_BACKOFF_MS},
        "removeOnComplete": is_transient(job.queue),
        "removeOnFail": is_transient(job.queue),
        OURS: {"key": job.unique_key, "parent": job.parent_id},
    }


def fields_of(row: OutboxEntry) -> Raw:
    """The hash that BullMQ would make of a job in the books."""
    return {
        "name": row.job.name,
        "data": json.dumps(dict(row.job.data), ensure_ascii=False),
        "opts": json.dumps(options_of(row.job, row.created_at)),
        "timestamp": str(row.created_at),
        "delay": "0",
        "priority": "0",
    }


def is_transient(queue: Queue) -> bool:
    """Whether jobs that ended are of no interest: the ledger says what became of slices."""
    return queue is Queue.SLICES


def enqueued(queue: Queue, job_id: str, raw: Raw) -> NewJob:
    """The job as it was enqueued."""
    ours = _ours(_object(raw.get("opts")))
    return NewJob(
        job_id, queue, raw.get("name", ""), _object(raw.get("data")), ours["key"], ours["parent"]
    )


def waiting(job: NewJob, created_at: int) -> Job:
    """A job that has not reached Redis yet."""
    return Job(
        job.id,
        job.queue,
        job.name,
        job.data,
        JobState.WAITING,
        created_at,
        parent_id=job.parent_id,
    )


def job_of(queue: Queue, job_id: str, raw: Raw, state: JobState, run_at: int | None = None) -> Job:
    """A job from its hash and from where it is listed."""
    options = _object(raw.get("opts"))
    started = _int(raw.get("ats"))
    reported = _reported(raw, started)
    steps = tuple(
        ProgressReport(started * _PER_ATTEMPT + n, progress)
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
        parent_id=_ours(options)["parent"],
        worker_id=raw.get("pb") if state is JobState.ACTIVE else None,
        run_at=run_at,
        started_at=_int(raw.get("processedOn")) or None,
        finished_at=(_int(raw.get("finishedOn")) or None) if LIFECYCLE[state].final else None,
    )


def _revision(state: JobState, started: int, steps: int) -> int:
    """Grows with every visible change, and is the same for whoever computes it."""
    if LIFECYCLE[state].final:
        within = _PER_ATTEMPT - 1
    elif state is JobState.ACTIVE:
        within = 1 + steps
    else:
        within = _PER_ATTEMPT - 2 if started else 0
    return started * _PER_ATTEMPT + within


def _reported(raw: Raw, started: int) -> list[int]:
    """The progress of the present attempt; what an earlier one reported is past."""
    found = _parsed(raw.get(STEPS))
    if isinstance(found, list) and found[0] == started:
        return list(found[1])
    return []


def as_text(items: BulkProgress | None) -> str:
    """What ITEMS holds; empty when there are none."""
    return json.dumps([items.total, items.done, items.failed]) if items else ""


def _items(raw: Raw) -> BulkProgress | None:
    found = _parsed(raw.get(ITEMS))
    return BulkProgress(*found) if isinstance(found, list) else None


def _result(raw: Raw) -> Mapping[str, object]:
    """What a worker of another language returned need not be an object."""
    found = _parsed(raw.get("returnvalue"))
    if isinstance(found, dict):
        return found
    return {} if found is None else {"value": found}


def _ours(options: Mapping[str, Any]) -> dict[str, str | None]:
    found = options.get(OURS)
    ours = found if isinstance(found, dict) else {}
    return {"key": ours.get("key"), "parent": ours.get("parent")}


def _object(text: str | None) -> dict[str, Any]:
    """A JSON object; other producers may have sent anything."""
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
