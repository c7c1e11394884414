"""Jobs: their states, the actions each state allows, leases, and the delay between attempts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import ActionNotAllowed

MAX_ATTEMPTS: Final = 3


MAX_RESCUES: Final = 25
"""A job fails after this many crashes of its worker, since it may be causing them."""


LEASE_MS: Final = 30_000


MINUTE_MS: Final = 60_000


MAX_DELAY_MS: Final = 10 * MINUTE_MS
"""A `run_at` or lease further ahead than this means the clock was set back: treat it as due."""


class Queue(StrEnum):
    """Names of queues. SLICES holds the batches of bulk jobs and is internal: never listed."""

    TITLES = "title-generation"
    EMBEDDINGS = "embedding-regeneration"
    DOCUMENTS = "document-ingestion"
    SLICES = "embedding-slices"


PUBLIC_QUEUES: Final = (Queue.TITLES, Queue.EMBEDDINGS, Queue.DOCUMENTS)


GENERATE_TITLE: Final = "generate-title"


INGEST_DOCUMENT: Final = "ingest-document"


IMPORT_FILE: Final = "import-file"


REEMBED_ONE: Final = "regenerate-embedding"


REEMBED_ALL: Final = "bulk-regenerate-embeddings"


REEMBED_BATCH: Final = "regenerate-slice"


CONSOLIDATE: Final = "consolidate-memories"


CAPTURE: Final = "capture-statements"


class JobState(StrEnum):
    """The states of a job; docs/job-lifecycle.md is generated from them."""

    WAITING = "waiting"
    DELAYED = "delayed"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What a user can do with a job."""

    CANCEL = "cancel"
    RETRY = "retry"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class StateRule:
    """A state's meaning, whether it is final, and the allowed actions."""

    meaning: str
    final: bool
    actions: frozenset[Action]


LIFECYCLE: Final[Mapping[JobState, StateRule]] = {
    JobState.WAITING: StateRule(
        "ready for the next free worker", False, frozenset({Action.CANCEL})
    ),
    JobState.DELAYED: StateRule(
        "failed once or more; waits out its backoff", False, frozenset({Action.CANCEL})
    ),
    JobState.ACTIVE: StateRule(
        "a worker holds its lease and runs it", False, frozenset({Action.CANCEL})
    ),
    JobState.COMPLETED: StateRule(
        "done; its result is kept until cleaned", True, frozenset({Action.REMOVE})
    ),
    JobState.FAILED: StateRule(
        "out of attempts; its reason is kept", True, frozenset({Action.RETRY, Action.REMOVE})
    ),
    JobState.CANCELLED: StateRule(
        "stopped by request", True, frozenset({Action.RETRY, Action.REMOVE})
    ),
}


FINAL_STATES: Final = frozenset(state for state, rule in LIFECYCLE.items() if rule.final)


def require(action: Action, state: JobState) -> None:
    """Raise ActionNotAllowed unless `action` is allowed in `state`."""
    allowed = LIFECYCLE[state].actions
    if action not in allowed:
        raise ActionNotAllowed(action, state, ", ".join(sorted(allowed)) or "nothing")


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to enqueue, unless an unfinished one has the same `unique_key`."""

    id: str
    queue: Queue
    name: str
    data: Mapping[str, object]
    unique_key: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """One report of progress (0-100); `revision` orders the reports of a job."""

    revision: int
    progress: int


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """Item counts of a bulk job; `done` are those that succeeded or needed nothing."""

    total: int
    done: int = 0
    failed: int = 0

    @property
    def percent(self) -> int:
        """Share of items that are done or failed, 0-100."""
        return 100 if not self.total else (self.done + self.failed) * 100 // self.total


@dataclass(frozen=True, slots=True)
class Job:
    """A job and its present state. Times are UTC milliseconds."""

    id: str
    queue: Queue
    name: str
    data: Mapping[str, object]
    state: JobState
    created_at: int
    progress: int = 0
    steps: tuple[ProgressReport, ...] = ()
    revision: int = 0
    items: BulkProgress | None = None
    attempts: int = 0
    max_attempts: int = MAX_ATTEMPTS
    rescues: int = 0
    cancel_requested: bool = False
    result: Mapping[str, object] | None = None
    error: str | None = None
    parent_id: str | None = None
    worker_id: str | None = None
    run_at: int | None = None
    started_at: int | None = None
    finished_at: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return LIFECYCLE[self.state].final

    @property
    def actions(self) -> frozenset[Action]:
        """The actions allowed in its state."""
        return LIFECYCLE[self.state].actions


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job, lost without heartbeats; `token` is new with every claim."""

    job_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed job and its lease."""

    job: Job
    lease: Lease


@dataclass(frozen=True, slots=True)
class StopRequests:
    """Ids of active jobs that a worker must stop, because of a lost lease or a cancellation."""

    lost: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JobFailure:
    """A failed item of a bulk job. `at` is in UTC milliseconds."""

    item_id: str
    error: str
    at: int


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """Number of jobs of one queue in each state."""

    queue: Queue
    paused: bool
    by_state: Mapping[JobState, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A registered worker. Times are UTC milliseconds."""

    id: str
    host: str
    pid: int
    queues: tuple[Queue, ...]
    started_at: int
    heartbeat_at: int
    current_jobs: tuple[str, ...] = ()
    pid_scope: str | None = None
    """The PID namespace: `pid` is unique within it only. None: unknown."""


@dataclass(frozen=True, slots=True)
class MinuteCount:
    """How many jobs of a queue ended within the minute from `at` (UTC milliseconds)."""

    queue: Queue
    at: int
    completed: int
    failed: int


@dataclass(frozen=True, slots=True)
class BulkBatch:
    """A batch of a bulk job's item ids; those before index `next_item` are processed."""

    job_id: str
    number: int
    item_ids: tuple[str, ...]
    next_item: int = 0


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A row of the outbox: an enqueued job; `result` is set once its effect is written."""

    job: NewJob
    created_at: int
    sent: bool
    result: Mapping[str, object] | None = None


FIRST_BACKOFF_MS: Final = 1_000


MAX_BACKOFF_MS: Final = 60_000


def backoff_ms(
    attempt: int, *, jitter: float, first_ms: int = FIRST_BACKOFF_MS, most_ms: int = MAX_BACKOFF_MS
) -> int:
    """Milliseconds to wait after failed attempt number `attempt` (from 1).

    Doubles each time; `jitter` in [0, 1) adds up to a quarter so that jobs which failed
    together do not return together.
    """
    wait = min(first_ms * 2 ** (attempt - 1), most_ms)
    return int(wait * (1 + jitter / 4))
