"""`memorizer add` and `memorizer search`."""

import sys
from typing import Annotated

import typer

from memorizer.cli.options import AsJson, DataDir, Limit

STDIN = "-"


def add(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What to remember; - reads standard input.")
    ],
    *,
    title: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="A short name; without one, a job writes it."),
    ] = None,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="What kind of memory it is.")
    ] = "note",
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", help="A word to find it by; repeatable."),
    ] = None,
    source: Annotated[str, typer.Option(metavar="SOURCE", help="Where it comes from.")] = "cli",
    confidence: Annotated[
        float, typer.Option(metavar="0..1", help="How sure it is, from 0 to 1.")
    ] = 1.0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Store a memory."""
    from memorizer.cli import session, show
    from memorizer.domain.memories import Content
    from memorizer.services import Services
    from memorizer.services.memories import CreatedMemory

    content = Content(
        text=_standard_input() if text == STDIN else text,
        type=type_,
        title=title,
        source=source,
        tags=tuple(tags or ()),
        confidence=confidence,
    )

    async def store(services: Services) -> tuple[CreatedMemory, bool]:
        stored = await services.memories.create(content, actor="cli")
        return stored, bool(await services.jobs.workers())

    stored, is_anyone_working = session.create(data_dir, store)
    show.stored(stored, as_json=as_json, is_anyone_working=is_anyone_working)


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Words or a question, in any language.")
    ],
    *,
    limit: Limit = 10,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="TYPE", help="Only of this type; repeat for any of several."
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", "-t", metavar="TAG", help="Only with this tag; repeat for all of them."
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(metavar="COSINE", help="The least similarity of meaning, from -1 to 1."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", metavar="", help="Say how each score came about.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Find memories by words and by meaning, best first."""
    from memorizer.cli import session, show
    from memorizer.domain.memories import Filter
    from memorizer.domain.search import Query

    filter_ = Filter(types=tuple(types or ()), tags=tuple(tags or ()))
    wanted = Query(query, limit, threshold, filter_)
    answer = session.existing(data_dir, lambda services: services.search.search(wanted))
    show.answer(answer, explain=explain, as_json=as_json)


def _standard_input() -> str:
    """All of it. Raises InvalidField when it is not text."""
    from memorizer.domain.errors import InvalidField

    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InvalidField("text", "standard input is not UTF-8 text") from error
