"""`memorizer export` and `memorizer import`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from memorizer.cli.options import DataDir
from memorizer.domain.records import OnConflict


class ExportFormat(StrEnum):
    """What an export can be."""

    JSONL = "jsonl"
    MARKDOWN = "markdown"


def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Where to write; - is standard output. For Markdown a folder, or a .zip.",
        ),
    ],
    *,
    format_: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl: everything, to import it elsewhere; markdown: notes, to read them.",
        ),
    ] = ExportFormat.JSONL,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace a file that is there.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Write all memories with versions, events and relationships, as they are at this moment.

    What is deleted, tokens and jobs are not in it. A running server is no hindrance.
    """
    from memorizer.cli import carry_out, config, session

    if format_ is ExportFormat.MARKDOWN:
        carry_out.check_vacant(file)
        session.existing(data_dir, lambda services: carry_out.markdown(services, file))
    else:
        carry_out.check_new(file, force=force)
        spool_dir = config.load(data_dir=data_dir).data_dir
        session.existing(data_dir, lambda services: carry_out.json_lines(services, file, spool_dir))


def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A file, a folder or a .zip; - is standard input."),
    ],
    *,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="memorizer, markdown, server-memory, mcp-memory-service, petabridge, claude or "
            "chatgpt, where the content does not show it.",
            show_default=False,
        ),
    ] = None,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(
            "--on-conflict",
            metavar="WHAT",
            help="A memory that is here with other content: refuse it, or update it, as its next "
            "version.",
        ),
    ] = OnConflict.REFUSE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Only say what would happen.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring in memories from an export of Memorizer or of another program.

    Nothing is overwritten and nothing comes twice: interrupted, run it again. What cannot be
    taken is named with its reason, and the rest is taken; where nothing at all could be taken, the
    exit code is 1.
    """
    from memorizer.cli import carry_in, session

    with carry_in.readable(file) as path:
        wanted = carry_in.Wanted(path, from_, on_conflict, dry_run=dry_run)
        report = session.create(data_dir, wanted.run)
    if report.is_in_vain:
        raise typer.Exit(1)
