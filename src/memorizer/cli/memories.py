"""`memorizer add`, `search`, `duplicates` and `purge-version`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console
from memorizer.cli.options import AsJson, DataDir, Limit, Yes
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, EmbeddingStatus, Filter, Memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text

    from memorizer.domain.search import Answer, Hit, LegScore
    from memorizer.services import Services
    from memorizer.services.duplicates import Pair
    from memorizer.services.memories import CreatedMemory

STDIN = "-"
INDENT = "    "
MAX_HIT_COLUMNS = 80
MAX_TITLE_COLUMNS = 60


def add(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Text to store; - reads standard input.")
    ],
    *,
    title: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="Short name; a background job writes one if omitted."),
    ] = None,
    type_: Annotated[str, typer.Option("--type", metavar="TYPE", help="Kind of memory.")] = "note",
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", help="Tag to find it by; repeatable."),
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="SOURCE", help="Where the memory comes from.")
    ] = "cli",
    confidence: Annotated[
        float, typer.Option(metavar="0..1", help="How certain it is, from 0 to 1.")
    ] = 1.0,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Store a memory."""
    from memorizer.cli import session

    content = Content(
        text=_standard_input() if text == STDIN else text,
        type=type_,
        title=title,
        source=source,
        tags=tuple(tags or ()),
        confidence=confidence,
    )

    async def store(services: "Services") -> "tuple[CreatedMemory, bool]":
        stored = await services.memories.create(content, actor="cli")
        return stored, bool(await services.jobs.workers())

    stored, has_worker = session.open_or_create(data_dir, store)
    if as_json:
        _print_stored_json(stored)
    else:
        _print_stored(stored, has_worker=has_worker)


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Words or a question, in any language.")
    ],
    *,
    limit: Limit = 10,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="TYPE", help="Only this type; repeat to allow several types."
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", "-t", metavar="TAG", help="Only with this tag; repeat to require several."
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(metavar="COSINE", help="Minimum similarity of meaning, from -1 to 1."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", metavar="", help="Show how each score was computed.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Search memories by words and by meaning, best match first."""
    from memorizer.cli import session
    from memorizer.domain.search import Query

    filter_ = Filter(types=tuple(types or ()), tags=tuple(tags or ()))
    request = Query(query, limit, threshold, filter_)
    answer = session.open_existing(data_dir, lambda services: services.search.search(request))
    if as_json:
        _print_answer_json(answer, explain=explain)
    else:
        _print_answer(answer, explain=explain)


def duplicates(
    threshold: Annotated[
        float,
        typer.Option(metavar="COSINE", min=0.5, max=1, help="Minimum similarity, from 0.5 to 1."),
    ] = 0.95,
    limit: Limit = 20,
    data_dir: DataDir = None,
) -> None:
    """List pairs of memories that say nearly the same; nothing is changed."""
    from memorizer.cli import session

    async def find(services: "Services") -> "tuple[list[Pair], bool]":
        pairs: list[Pair] = []
        cursor = None
        while len(pairs) < limit:
            page = await services.duplicates.find_pairs(threshold, before=cursor, limit=limit)
            pairs, cursor = pairs + page.pairs, page.cursor
            if cursor is None:
                break
        return pairs[:limit], cursor is not None or len(pairs) > limit

    pairs, has_more = session.open_existing(data_dir, find)
    _print_pairs(pairs, has_more=has_more)


def purge_version(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the memory.")],
    numbers: Annotated[
        list[int],
        typer.Argument(metavar="N", min=1, help="Number of the version; repeatable."),
    ],
    *,
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Permanently delete the text, title and tags of earlier versions of a memory.

    The current version is refused: edit the memory first.
    """
    from memorizer.cli import session

    async def purge(services: "Services") -> None:
        for number in numbers:
            await services.history.purge(memory_id, number, actor="cli")

    versions = f"version{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
    if not yes:
        typer.confirm(f"Permanently delete the content of {versions}?", abort=True)
    session.open_existing(data_dir, purge)
    console.line(f"Purged {versions} of {memory_id}.")


def _standard_input() -> str:
    """Return all of standard input. Raises InvalidField when it is not UTF-8."""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InvalidField("text", "standard input is not UTF-8 text") from error


def _print_stored_json(stored: "CreatedMemory") -> None:
    from memorizer.http.routes.memories_schemas import StoredMemory

    reply = StoredMemory.of(
        stored.memory, title_job_id=stored.title_job_id, duplicate_of=stored.duplicate_of
    )
    console.json_line(reply.model_dump_json(by_alias=True))


def _print_stored(stored: "CreatedMemory", *, has_worker: bool) -> None:

    console.line(("✓ ", "green"), "Stored ", (stored.memory.id, "bold"))
    if stored.duplicate_of:
        console.note(f"{stored.duplicate_of} already has exactly this text; both are kept.")
    pending = _pending_work(stored)
    if pending and has_worker:
        console.line((f"  {pending} in the background.", "dim"))
    elif pending:
        console.note(f"{pending} once `memorizer start` or `memorizer worker` runs.")


def _pending_work(stored: "CreatedMemory") -> str:
    """Return what background jobs will do for the new memory; empty if nothing."""
    is_pending = stored.memory.embedding_status is EmbeddingStatus.PENDING
    match stored.title_job_id is not None, is_pending:
        case True, True:
            return "Its title will be written and its meaning indexed"
        case True, False:
            return "Its title will be written"
        case False, True:
            return "Its meaning will be indexed"
        case _:
            return ""


def _print_answer_json(answer: "Answer", *, explain: bool) -> None:
    from memorizer.http.routes.search import SearchAnswer, SearchRequest

    request = SearchRequest.model_validate({"query": answer.query.text, "explain": explain})
    console.json_line(SearchAnswer.of(answer, request).model_dump_json(by_alias=True))


def _print_answer(answer: "Answer", *, explain: bool) -> None:

    out = console.out()
    width = min(out.width, MAX_HIT_COLUMNS)
    for rank, hit in enumerate(answer.hits, start=1):
        for line in _hit_lines(rank, hit, width, explain=explain):
            out.print(line)
    if not answer.hits:
        console.line(f"Nothing found for “{console.plain(answer.query.text)}”.")
    if answer.degraded:
        console.note(answer.degraded)


def _hit_lines(rank: int, hit: "Hit", width: int, *, explain: bool) -> "Iterator[Text]":
    """Yield title and score, the beginning of the text, and the details."""
    from rich.text import Text

    content, columns = hit.memory.content, width - len(INDENT)
    score = f"{hit.score:.3f}"
    title = console.cut(content.title or "(no title yet)", columns - len(score) - 2)
    title.stylize("bold" if content.title else "italic")
    gap = " " * (columns - title.cell_len - len(score))
    yield Text.assemble((f"{rank:>2}  ", "dim"), title, gap, (score, "cyan"))
    yield Text(INDENT).append_text(console.cut(content.text, columns))
    yield Text(INDENT + _details(hit.memory), style="dim", overflow="ellipsis", no_wrap=True)
    if explain:
        for leg in hit.legs:
            yield Text(_explanation(leg), style="dim cyan")


def _details(memory: "Memory") -> str:
    """Return id, type, age and tags; the id comes first so that narrow terminals do not cut it."""
    content = memory.content
    parts = [memory.id, content.type, console.age(memory.created_at), ", ".join(content.tags)]
    return console.plain(" · ".join(part for part in parts if part))


def _explanation(leg: "LegScore") -> str:

    from memorizer.domain.search import Leg

    names = {
        Leg.FULL_TEXT: "words",
        Leg.CONTENT: "meaning of the text",
        Leg.METADATA: "title and tags",
    }
    return (
        f"{INDENT}{names[leg.leg]:<20} rank {leg.rank:<3} score {leg.score:<7.3f} "
        f"adds {leg.contribution:.3f}"
    )


def _print_pairs(pairs: "Sequence[Pair]", *, has_more: bool) -> None:

    if not pairs:
        console.line("No two memories are this similar.")
    for pair in pairs:
        console.line((f"{pair.similarity:.3f}", "cyan"))
        for memory in (pair.memory, pair.older):
            _print_memory(memory)
    if has_more:
        console.note("there are more pairs; raise --limit to list them.")


def _print_memory(memory: "Memory") -> None:

    name = console.cut(memory.content.title or memory.content.text, MAX_TITLE_COLUMNS).plain
    age = console.age(memory.created_at)
    console.line("  ", (memory.id, "bold"), f"  {name}", (f"  {age}", "dim"))
