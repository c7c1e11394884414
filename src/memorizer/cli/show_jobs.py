"""What `memorizer jobs` prints."""

import json
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from memorizer.cli import console
from memorizer.domain.jobs import (
    GENERATE_TITLE,
    REEMBED_ALL,
    REEMBED_ONE,
    Action,
    Job,
    JobFailure,
    JobState,
    QueueCounts,
)

NAMES = {
    GENERATE_TITLE: "write title",
    REEMBED_ONE: "re-embed one",
    REEMBED_ALL: "re-embed many",
}
STYLES = {
    JobState.WAITING: "default",
    JobState.DELAYED: "yellow",
    JobState.ACTIVE: "cyan",
    JobState.COMPLETED: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "magenta",
}
SHOWN_FAILURES = 10
SHOWN_JSON = 300
"""Characters; a title job carries the beginning of its memory's text."""


def overview(jobs: Sequence[Job], counts: Sequence[QueueCounts], is_anyone_working: bool) -> None:
    """The newest jobs, one a line, and each queue's counts."""
    out = console.out()
    if jobs:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("ID", no_wrap=True)
        for heading in ("JOB", "STATE", "CREATED"):
            table.add_column(heading, no_wrap=True)
        for job in jobs:
            table.add_row(job.id, name(job), state(job), console.age(job.created_at))
        out.print(table)
    else:
        out.print("No jobs.")
    out.print()
    for queue in counts:
        out.print(_counts(queue))
    if not is_anyone_working:
        _say_that_nobody_works(any(_unfinished(queue) for queue in counts))


def one(job: Job, failures: Sequence[JobFailure]) -> None:
    """Everything about one job."""
    grid = Table.grid(padding=(0, 3, 0, 0))
    for label, fact in _facts(job):
        grid.add_row(Text(label, style="dim"), fact)
    out = console.out()
    out.print(grid)
    for failure in failures[:SHOWN_FAILURES]:
        line = Text.assemble(("  ✗ ", "red"), failure.item_id, "  ", console.plain(failure.error))
        out.print(line)
    if len(failures) > SHOWN_FAILURES:
        out.print(Text(f"    and {len(failures) - SHOWN_FAILURES:,} more", style="dim"))


def launched(job_id: str, *, is_anyone_working: bool) -> None:
    """A new job waits, and can be followed."""
    out = console.out()
    out.print(f"Job {job_id} waits for a worker.", markup=False)
    out.print(f"Follow it with  memorizer jobs watch {job_id}", markup=False)
    if not is_anyone_working:
        _say_that_nobody_works(True)


def retried(job_id: str, *, is_anyone_working: bool) -> None:
    """A job waits again."""
    console.out().print(f"Job {job_id} waits for a worker.", markup=False)
    if not is_anyone_working:
        _say_that_nobody_works(True)


def cancelled(job: Job) -> None:
    """A job is over, or soon will be."""
    text = "is cancelled" if job.is_final else "stops at its next step"
    console.out().print(f"Job {job.id} {text}.", markup=False)


def name(job: Job) -> str:
    """What the job does, in two words."""
    return NAMES.get(job.name, job.name)


def state(job: Job) -> Text:
    """The state, with the progress while it is running."""
    text = f"{job.state} {job.progress} %" if job.state is JobState.ACTIVE else str(job.state)
    return Text(text, style=STYLES[job.state])


def _facts(job: Job) -> Iterator[tuple[str, Text]]:
    yield "id", Text(job.id)
    yield "job", Text(f"{job.name}, in the queue {job.queue}")
    yield "state", state(job)
    if job.items:
        items = job.items
        yield "items", Text(f"{items.done:,} done, {items.failed:,} failed, of {items.total:,}")
    yield "attempts", Text(f"{job.attempts} of {job.max_attempts}")
    yield "created", Text(f"{console.moment(job.created_at)}  ({console.age(job.created_at)})")
    if job.started_at:
        yield "started", Text(console.moment(job.started_at))
    if job.started_at and job.finished_at:
        took = (job.finished_at - job.started_at) / 1000
        yield "finished", Text(f"{console.moment(job.finished_at)}  (took {took:,.1f} s)")
    if job.data:
        yield "asked for", _json(job.data)
    if job.result is not None:
        yield "result", _json(job.result, "green")
    if job.error:
        yield "error", Text(console.plain(job.error), style="red")
    commands = [f"memorizer jobs {action} {job.id}" for action in _possible(job)]
    if commands:
        yield "you can", Text("\n".join(commands))


def taken_over(prefix: str, *, is_new: bool) -> None:
    """Say whose the queues are now."""
    if is_new:
        console.out().print(Text(f"The queues `{prefix}:` in Redis are this store's now."))
    else:
        console.out().print(Text(f"The queues `{prefix}:` in Redis are this store's already."))


def _possible(job: Job) -> list[Action]:
    """Actions that are commands."""
    return sorted(job.actions & {Action.CANCEL, Action.RETRY})


def _counts(queue: QueueCounts) -> Text:
    counts = [
        Text(f"{count:,} {job_state}", style=STYLES[job_state])
        for job_state, count in queue.by_state.items()
        if count
    ]
    if queue.paused:
        counts.append(Text("paused", style="yellow"))
    line = Text(f"{queue.queue:<24}", style="dim")
    return line.append_text(Text(", ").join(counts or [Text("no jobs")]))


def _unfinished(queue: QueueCounts) -> int:
    unfinished = (JobState.WAITING, JobState.DELAYED, JobState.ACTIVE)
    return sum(queue.by_state.get(job_state, 0) for job_state in unfinished)


def _say_that_nobody_works(is_work_left: bool) -> None:
    if is_work_left:
        console.note("No worker is alive. `memorizer start` or `memorizer worker` does the jobs.")


def _json(value: object, style: str = "") -> Text:
    text = console.cut(json.dumps(value, ensure_ascii=False), SHOWN_JSON)
    text.no_wrap = False
    text.stylize(style)
    return text
