"""Classifies failures of Redis, with what helps, and logs each once."""

import re
from dataclasses import dataclass
from typing import Final

import structlog
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from memorizer.domain.errors import QueueUnavailable

log = structlog.get_logger()

ALL: Final = "*"
"""After a broken connection: any call that works ends the failure."""
WRITES: Final = "writes"
"""After a refused write: only a write that works ends the failure."""

_CLUSTER: Final = (
    "this is a node of a Redis Cluster, which cannot be used",
    "Set MEMORIZER_REDIS_URL to a Redis server that stands alone.",
)
_LOGIN: Final = (
    "it wants a user name or a password, or another one",
    "Check both in MEMORIZER_REDIS_URL, with @ : / ? # % in them as %40 %3A %2F %3F %23 %25.",
)
_KNOWN: Final = {
    "READONLY": (
        "it is a replica, which takes no changes",
        "Set MEMORIZER_REDIS_URL to the primary, or run `redis-cli replicaof no one` on this one.",
    ),
    "OOM": (
        "it has used up its memory (maxmemory)",
        "Raise its `maxmemory`, or remove ended jobs: POST /api/admin/jobs/clean.",
    ),
    "MISCONF": (
        "it cannot save to its disk, and takes no changes until it can",
        "Look into Redis's own log: its disk is full, or it may not write to its folder.",
    ),
    "NOREPLICAS": (
        "it has fewer replicas than it wants, and takes no changes",
        "Bring its replicas back, or lower its `min-replicas-to-write`.",
    ),
    "NOPERM": (
        "its user lacks a right",
        "Give the user what docs/guides/redis.md lists (`ACL SETUSER`).",
    ),
    "NOAUTH": _LOGIN,
    "WRONGPASS": _LOGIN,
    "LOADING": ("it is still reading its data from disk", "Wait until it has read them."),
    "MASTERDOWN": (
        "it is a replica that has lost its primary",
        "Set MEMORIZER_REDIS_URL to the primary.",
    ),
    "MOVED": _CLUSTER,
    "ASK": _CLUSTER,
    "CROSSSLOT": _CLUSTER,
    "CLUSTERDOWN": _CLUSTER,
}
UNREACHABLE_HINT: Final = (
    "Start Redis, or check MEMORIZER_REDIS_URL. Memories are kept and searched meanwhile; "
    "their titles and embeddings follow by themselves."
)
_REFUSED_WRITES: Final = frozenset({"READONLY", "OOM", "MISCONF", "NOREPLICAS"})
_CODE: Final = re.compile(rf"\b({'|'.join(_KNOWN)})\b")
_RIGHT: Final = re.compile(r"the '([\w|]+)' (?:command|subcommand)")
_SCRIPTS_RIGHT: Final = "user executing the script can't"  # Redis 6 gives no code for it


@dataclass(frozen=True, slots=True)
class Failure:
    """A reason and its remedy; `waits_for` is the call that ends it: its kind, WRITES or ALL."""

    reason: str
    hint: str
    waits_for: str

    @property
    def error(self) -> QueueUnavailable:
        """The error to raise."""
        return QueueUnavailable(f"Redis cannot be used: {self.reason}.", self.hint)


def classify(error: Exception, call: str, deadline_seconds: float) -> Failure:
    """Return what an error of this kind of call means."""
    code = _code_of(error)
    broken = isinstance(error, RedisConnectionError | RedisTimeoutError | OSError)
    waits_for = ALL if broken else WRITES if code in _REFUSED_WRITES else call
    if code is None:
        return Failure(_words(error, deadline_seconds), UNREACHABLE_HINT, waits_for)
    reason, hint = _KNOWN[code]
    if code == "NOPERM" and (right := _RIGHT.search(str(error))):
        reason = f"{reason}: to run {right[1].upper()}"
    return Failure(reason, hint, waits_for)


class Failures:
    """The present failures. Each reason is logged once until it is over."""

    def __init__(self) -> None:
        self._present: set[tuple[str, str]] = set()

    def note(self, failure: Failure) -> None:
        """Log a failure unless it is logged already."""
        # connections break in many words for one reason
        reason = "" if failure.waits_for == ALL else failure.reason
        if (failure.waits_for, reason) not in self._present:
            self._present.add((failure.waits_for, reason))
            log.error(
                "Redis cannot be used; memories are kept and searched",
                error=failure.reason,
                hint=failure.hint,
            )

    def __contains__(self, failure: Failure) -> bool:
        return (failure.waits_for, failure.reason) in self._present

    def waits_for(self, call: str) -> bool:
        """Whether a present failure ends when this kind of call works."""
        return any(waits_for == call for waits_for, _ in self._present)

    def note_success(self, *worked: str) -> None:
        """End the failures that wait for one of these calls, and broken connections."""
        over = {each for each in self._present if each[0] in {ALL, *worked}}
        if over:
            self._present -= over
            if not self._present:
                log.info("Redis can be used again")


def _code_of(error: Exception) -> str | None:
    code = getattr(error, "status_code", None)
    if code in _KNOWN:
        return str(code)
    if _SCRIPTS_RIGHT in str(error):
        return "NOPERM"
    found = _CODE.search(str(error))
    return found[1] if found else None


def _words(error: Exception, deadline_seconds: float) -> str:
    if isinstance(error, TimeoutError | RedisTimeoutError):
        return f"no answer within {deadline_seconds:.0f} s"
    return str(error).strip().rstrip(".") or type(error).__name__
