"""Groups of jobs that one request enqueued; they are shown and cancelled as one.

A job's id is `<group>.<number>` and the group's id holds a UUIDv7, so groups and their ages can
be computed from the ids of jobs and are not stored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.domain.jobs import (
    GENERATE_TITLE,
    LIFECYCLE,
    JobState,
    MinuteCount,
    Queue,
    QueueCounts,
)

PREFIX: Final = "titles-"
GROUP_LENGTH: Final = len(PREFIX) + 36
MIN_RUN_JOBS: Final = 5
UNFINISHED: Final = tuple(state for state, rule in LIFECYCLE.items() if not rule.final)
_MEMBER: Final = re.compile(rf"({PREFIX}[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f-]{{22}})\.\d+")


def new_group(uuid: str) -> str:
    """Return the id of a new group, from a UUIDv7."""
    return f"{PREFIX}{uuid}"


def member_id(group_id: str, number: int) -> str:
    """Return the id of the job of this number in a group."""
    return f"{group_id}.{number}"


def group_of(job_id: str) -> str | None:
    """Return the id of the job's group; None if it has none."""
    found = _MEMBER.fullmatch(job_id)
    return found[1] if found else None


def first_id_at(at: int) -> str:
    """Return a lower bound of the ids of groups created `at` (UTC milliseconds) or later."""
    moment = f"{at:012x}"
    return f"{PREFIX}{moment[:8]}-{moment[8:]}"


@dataclass(frozen=True, slots=True)
class Part:
    """The number of jobs of one group in one state; `job_id` is the id of any of them."""

    job_id: str
    queue: Queue
    name: str
    state: JobState
    count: int = 1
    finished_at: int | None = None


@dataclass(frozen=True, slots=True)
class JobGroup:
    """The state of the jobs that one request enqueued. Times are UTC milliseconds."""

    id: str
    queue: Queue
    name: str
    by_state: Mapping[JobState, int]
    started_at: int
    finished_at: int | None
    """When the last of them ended; None while some have not."""

    @property
    def unfinished(self) -> int:
        """Number of jobs that have not ended."""
        return _unfinished(self.by_state)


def assemble(parts: Iterable[Part]) -> list[JobGroup]:
    """Add up parts to groups, newest first; jobs without a group are ignored."""
    by_group: dict[str, list[Part]] = {}
    for part in parts:
        if group_id := group_of(part.job_id):
            by_group.setdefault(group_id, []).append(part)
    return [_group(id_, found) for id_, found in sorted(by_group.items(), reverse=True)]


def _group(group_id: str, parts: list[Part]) -> JobGroup:
    by_state = dict.fromkeys(JobState, 0)
    for part in parts:
        by_state[part.state] += part.count
    ends = [part.finished_at or 0 for part in parts if LIFECYCLE[part.state].final]
    over = len(ends) == len(parts)
    first = parts[0]
    started_at = int(group_id.removeprefix(PREFIX).replace("-", "")[:12], 16)
    return JobGroup(
        group_id, first.queue, first.name, by_state, started_at, max(ends) if over else None
    )


def ungrouped_run(
    counts: QueueCounts, minutes: Sequence[MinuteCount], groups: Sequence[JobGroup]
) -> JobGroup | None:
    """Return a synthetic group of the jobs without one that ran back to back.

    None if there are few.

    `minutes` are those of this queue, oldest first. Jobs of `groups` are not counted again.
    """
    ended = _unbroken(minutes)
    started_at = ended[0].at if ended else minutes[-1].at
    known = [group for group in groups if (group.finished_at or 0) >= started_at]
    by_state = {state: counts.by_state.get(state, 0) for state in UNFINISHED}
    for state, amount in (
        (JobState.COMPLETED, sum(minute.completed for minute in ended)),
        (JobState.FAILED, sum(minute.failed for minute in ended)),
    ):
        by_state[state] = max(0, amount - sum(group.by_state[state] for group in known))
    if sum(by_state.values()) < MIN_RUN_JOBS:
        return None
    over = None if _unfinished(by_state) else ended[-1].at
    return JobGroup(counts.queue, counts.queue, GENERATE_TITLE, by_state, started_at, over)


def _unbroken(minutes: Sequence[MinuteCount]) -> list[MinuteCount]:
    """Return the latest minutes in which jobs ended, back to where two in a row were empty."""
    found: list[MinuteCount] = []
    empty = 0
    for minute in reversed(minutes):
        empty = 0 if minute.completed + minute.failed else empty + 1
        if empty > 1:
            break
        if not empty:
            found.append(minute)
    return found[::-1]


def _unfinished(by_state: Mapping[JobState, int]) -> int:
    return sum(by_state.get(state, 0) for state in UNFINISHED)
