"""Jobs that are shown as one: groups by their ids, runs by what ended minute after minute."""

from memorizer.domain.job_groups import (
    JobGroup,
    Part,
    assemble,
    first_id_at,
    group_of,
    ungrouped_run,
)
from memorizer.domain.jobs import JobState, MinuteCount, Queue, QueueCounts

GROUP = "titles-01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10"
MINUTE = 60_000


def minutes(*completed: int) -> list[MinuteCount]:
    return [MinuteCount(Queue.TITLES, n * MINUTE, count, 0) for n, count in enumerate(completed)]


def waiting(count: int) -> QueueCounts:
    return QueueCounts(Queue.TITLES, paused=False, by_state={JobState.WAITING: count})


def test_a_jobs_id_tells_its_group() -> None:
    assert group_of(f"{GROUP}.12") == GROUP
    assert [group_of(id_) for id_ in ("a", GROUP, "some.1", f"{GROUP}.x")] == [None] * 4


def test_a_group_begins_when_its_id_was_made() -> None:
    [group] = assemble([Part(f"{GROUP}.1", Queue.TITLES, "generate-title", JobState.WAITING)])
    assert group.started_at == int("01936f5e8a00", 16)
    assert first_id_at(group.started_at) <= GROUP < first_id_at(group.started_at + 1)


def test_what_a_queue_works_off_without_a_pause_is_a_run() -> None:
    run = ungrouped_run(waiting(40), minutes(9, 0, 0, 5, 0, 7, 3), [])
    assert run is not None
    assert (run.by_state[JobState.COMPLETED], run.unfinished) == (15, 40)
    assert (run.started_at, run.finished_at) == (3 * MINUTE, None)


def test_a_run_is_over_when_nothing_is_left_and_forgotten_when_nothing_follows() -> None:
    run = ungrouped_run(waiting(0), minutes(0, 8, 0), [])
    assert run is not None
    assert run.finished_at == 1 * MINUTE
    assert ungrouped_run(waiting(0), minutes(8, 0, 0), []) is None


def test_a_few_jobs_are_no_run() -> None:
    assert ungrouped_run(waiting(1), minutes(0, 1, 2), []) is None


def test_the_jobs_of_groups_are_no_run_of_their_own() -> None:
    ended = {**dict.fromkeys(JobState, 0), JobState.COMPLETED: 50}
    group = JobGroup(GROUP, Queue.TITLES, "generate-title", ended, 0, 2 * MINUTE)
    assert ungrouped_run(waiting(1), minutes(0, 0, 50), [group]) is None
