"""`memorizer ingest`."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir, Workspace
from memorizer.cli.transfer import SOME_REFUSED
from memorizer.domain.errors import InvalidField, Misconfigured
from memorizer.domain.jobs import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memorizer.services import Services

ACTOR = "cli"
_VERBS = {"created": "Added", "updated": "Updated", "unchanged": "Already here:"}


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL...",
            help="Files, folders with all below them, https addresses.",
            show_default=False,
        ),
    ],
    *,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", help="Tag of all parts; repeatable."),
    ] = None,
    wait: Annotated[
        bool,
        typer.Option("--wait/--no-wait", metavar="", help="Wait until all are ingested."),
    ] = True,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Keep documents by their parts: Markdown, PDF, Word, web pages and more.

    Safe to run again: the same file changes nothing, a changed one replaces its parts. Files of
    other kinds, hidden ones and symbolic links in folders are left out. The exit code is 0 if all
    were ingested, 3 if some were not, 1 if none.
    """
    run = _Ingestion(list(tags or ()))

    async def work(services: "Services") -> None:
        await run.send(services, sources)
        if wait:
            await run.follow(services)

    session.open_memories(data_dir, workspace, work, create=True, with_worker=wait)
    run.report(is_waiting=not wait)
    if run.refused:
        raise typer.Exit(SOME_REFUSED if run.jobs else 1)


@dataclass(slots=True)
class _Ingestion:
    """What is sent and what becomes of it."""

    tags: list[str]
    jobs: dict[str, str] = field(default_factory=dict)
    """What each job ingests, by its id."""
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    left_out: int = 0

    async def send(self, services: "Services", sources: "Sequence[str]") -> None:
        """Queue a job for each file and address."""
        for source in sources:
            if source.startswith(("https://", "http://")):
                await self._send_url(services, source)
                continue
            for path in self._files(Path(source)):
                await self._send_file(services, path)

    async def follow(self, services: "Services") -> None:
        """Wait for the end of all jobs with a progress bar."""
        with console.counting_progress() as progress:
            task = progress.add_task("Ingesting", total=len(self.jobs))
            for job_id, source in list(self.jobs.items()):
                async for _ in services.memory_jobs.watch(job_id):
                    pass
                self._note(await services.memory_jobs.get(job_id), source)
                progress.advance(task)

    def report(self, *, is_waiting: bool) -> None:
        """Print the counts."""
        if is_waiting and self.jobs:
            console.success(
                f"Queued {_documents(len(self.jobs))}; `memorizer jobs list` shows them"
            )
        for outcome, verb in _VERBS.items():
            if count := self.outcomes[outcome]:
                console.success(f"{verb} {_documents(count)}")
        if self.left_out:
            console.note(f"{self.left_out:,} files of other kinds, or links, were left out.")
        if self.refused:
            console.failure(f"Refused {self.refused:,}; the reasons are above")
        if not self.jobs and not self.refused:
            console.line("No documents there.")

    async def _send_url(self, services: "Services", url: str) -> None:
        try:
            job_id = await services.documents.add_url(url, actor=ACTOR, tags=self.tags)
        except InvalidField as error:
            self._refuse(url, str(error))
        else:
            self.jobs[job_id] = url

    async def _send_file(self, services: "Services", path: Path) -> None:
        source = str(path)
        try:
            with path.open("rb") as file:
                job_id = await services.documents.add_file(
                    file, source, actor=ACTOR, tags=self.tags
                )
        except InvalidField as error:
            self._refuse(source, str(error))
        except OSError as error:
            self._refuse(source, f"it cannot be read: {error.strerror or error}")
        else:
            self.jobs[job_id] = source

    def _files(self, path: Path) -> "Iterator[Path]":
        """Yield the file, or the documents in the folder and below, by name."""
        from memorizer.bootstrap.file_formats import is_document

        path = Path(os.path.normpath(path.absolute()))
        if path.is_symlink():
            self._refuse(str(path), "it is a symbolic link; name what it leads to")
        elif path.is_file():
            yield path
        elif not path.is_dir():
            raise Misconfigured(f"There is no file or folder {path}.")
        else:
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(name for name in names if not name.startswith(".")):
                    found = Path(folder, name)
                    if is_document(name) and not found.is_symlink() and found.is_file():
                        yield found
                    else:
                        self.left_out += 1

    def _note(self, job: Job, source: str) -> None:
        if job.state is not JobState.COMPLETED:
            self._refuse(source, job.error or f"its job is {job.state}")
            return
        result = job.result or {}
        self.outcomes[str(result.get("outcome"))] += 1
        warnings = result.get("warnings")
        for warning in warnings if isinstance(warnings, list) else ():
            console.note(f"{source}: {warning}")

    def _refuse(self, source: str, reason: str) -> None:
        self.refused += 1
        console.failure(f"{console.plain(source)}: {console.plain(reason)}")


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"
