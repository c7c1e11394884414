"""What `memorizer backup` and `memorizer restore` print."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from memorizer.cli import console
from memorizer.domain.backups import BackupProgress, BackupRun, RestoredDatabase
from memorizer.settings import Settings


@contextmanager
def watching() -> Iterator[BackupProgress]:
    """A bar for the share that is done; only where somebody watches."""
    stderr = console.err()
    columns = (TextColumn("Backing up"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda share: progress.update(task, completed=share)


def made(run: BackupRun) -> None:
    """It is there and whole."""
    if run.file is None:
        return
    size = console.size(run.file.bytes)
    _say(f"{_memories(run.file.memories)} backed up and verified, {size}: {run.file.path}")


def restored(settings: Settings, file: Path, now: RestoredDatabase, *, tokens: bool) -> None:
    """What is there now, where the old is, and which tokens work."""
    _say(f"{_memories(now.memories)} restored from {file}.")
    if now.kept is not None:
        console.note(f"what was there before is kept: {now.kept}")
    if settings.redis_url is not None:
        console.note("jobs in Redis are not part of a backup; those left over find nothing to do.")
    if now.tokens:
        names = ", ".join(f"{token.name} ({token.scope})" for token in now.tokens)
        console.note(
            f"tokens in this backup that work again: {names}. "
            "Revoke with `memorizer token revoke NAME`, or restore with --without-tokens."
        )
    if not tokens:
        console.note(
            "tokens and sessions of the backup were deleted: this store has none, as a new one. "
            "Make one with `memorizer token create` before others can reach it."
        )


def _memories(count: int) -> str:
    return "1 memory" if count == 1 else f"{count:,} memories"


def _say(message: str) -> None:
    console.out().print(Text.assemble(("✓ ", "green"), message), soft_wrap=True)
