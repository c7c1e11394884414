"""`memorizer search` and `memorizer duplicates`: what reads and ranks memories."""

from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import (
    AsJson,
    DataDir,
    Limit,
    MetadataFilter,
    TagFilter,
    TypeFilter,
    Workspace,
    conditions_of,
    when,
)
from memorizer.domain.memories import Filter, Memory
from memorizer.domain.search import Query, Sort
from memorizer.domain.timestamps import to_iso
from memorizer.domain.validity import held_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text

    from memorizer.domain.search import Answer, Hit, LegScore
    from memorizer.services import Services
    from memorizer.services.duplicates import Pair

INDENT = "    "
MAX_HIT_COLUMNS = 80
MAX_TITLE_COLUMNS = 60


def search(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Words or a question, in any language.")
    ],
    *,
    limit: Limit = 10,
    types: TypeFilter = None,
    tags: TagFilter = None,
    metadata: MetadataFilter = None,
    threshold: Annotated[
        float | None,
        typer.Option(metavar="COSINE", help="Minimum similarity of meaning, from -1 to 1."),
    ] = None,
    min_relevance: Annotated[
        float | None,
        typer.Option(metavar="PROBABILITY", help="Minimum relevance, from 0 to 1."),
    ] = None,
    created_after: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only those stored later.")
    ] = None,
    created_before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only those stored earlier.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="What held at this time; of a date, at its end."),
    ] = None,
    include_superseded: Annotated[
        bool,
        typer.Option(
            "--include-superseded", metavar="", help="Also what is replaced or has expired."
        ),
    ] = False,
    sort: Annotated[
        Sort, typer.Option(metavar="relevance|newest", help="Which hits come first.")
    ] = Sort.RELEVANCE,
    explain: Annotated[
        bool, typer.Option("--explain", metavar="", help="Show how each score was computed.")
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Search memories by words and by meaning, best match first."""
    filter_ = Filter(
        types=tuple(types or ()),
        tags=tuple(tags or ()),
        metadata=conditions_of(metadata),
        created_after=when("--created-after", created_after),
        created_before=when("--created-before", created_before),
        validity=held_at(when("--as-of", as_of, is_end=True)),
    )
    request = Query(
        query,
        limit,
        threshold,
        filter_,
        min_relevance=min_relevance,
        include_superseded=include_superseded,
        sort=sort,
    )
    answer = session.open_memories(
        data_dir, workspace, lambda services: services.search.search(request)
    )
    if as_json:
        _print_answer_json(answer, explain=explain)
    else:
        _print_answer(answer, explain=explain)


def duplicates(
    threshold: Annotated[
        float,
        typer.Option(metavar="COSINE", min=0.5, max=1, help="Minimum similarity of meaning."),
    ] = 0.95,
    limit: Limit = 20,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """List pairs of memories that say nearly the same thing; nothing is changed."""

    async def find(services: "Services") -> "tuple[list[Pair], bool]":
        pairs: list[Pair] = []
        cursor = None
        while len(pairs) < limit:
            page = await services.duplicates.find_pairs(threshold, before=cursor, limit=limit)
            pairs, cursor = pairs + page.pairs, page.cursor
            if cursor is None:
                break
        return pairs[:limit], cursor is not None or len(pairs) > limit

    pairs, has_more = session.open_memories(data_dir, workspace, find)
    _print_pairs(pairs, has_more=has_more)


def _print_answer_json(answer: "Answer", *, explain: bool) -> None:
    from memorizer.http.routes.search import SearchAnswer, SearchRequest

    request = SearchRequest.model_validate({"query": answer.query.text, "explain": explain})
    console.json_line(SearchAnswer.of(answer, request).model_dump_json(by_alias=True))


def _print_answer(answer: "Answer", *, explain: bool) -> None:
    from memorizer.domain.relevance import Match

    out = console.out()
    width = min(out.width, MAX_HIT_COLUMNS)
    if answer.hits and all(hit.match is Match.WEAK for hit in answer.hits):
        console.line("Nothing matches well. The nearest:")
    for rank, hit in enumerate(answer.hits, start=1):
        for line in _hit_lines(rank, hit, width, explain=explain):
            out.print(line)
    if not answer.hits:
        console.line(f"Nothing found for “{console.plain(answer.query.text)}”.")
    if answer.read_as:
        of_time = sum(hit.time_bonus > 0 for hit in answer.hits)
        console.note(f"time read as {answer.read_as}: {of_time or 'none'} of these are of then.")
    if answer.degraded:
        console.note(answer.degraded)


def _hit_lines(rank: int, hit: "Hit", width: int, *, explain: bool) -> "Iterator[Text]":
    """Yield title and match, the beginning of the text, and the details."""
    from rich.text import Text

    content, columns = hit.memory.content, width - len(INDENT)
    match = f"{hit.match} {hit.relevance:.2f}"
    title = console.cut(content.title or "(no title yet)", columns - len(match) - 2)
    title.stylize("bold" if content.title else "italic")
    gap = " " * (columns - title.cell_len - len(match))
    yield Text.assemble((f"{rank:>2}  ", "dim"), title, gap, (match, "cyan"))
    yield Text(INDENT).append_text(console.cut(content.text, columns))
    copies = f" · {hit.copies} copies" if hit.copies > 1 else ""
    yield Text(
        INDENT + _details(hit.memory) + copies, style="dim", overflow="ellipsis", no_wrap=True
    )
    if explain:
        for leg in hit.legs:
            yield Text(_explanation(leg), style="dim cyan")
        if hit.rerank is not None:
            said = f"rank {hit.rerank.rank_before:<3} score {hit.rerank.score:.3f}"
            yield Text(f"{INDENT}{'reranked, before':<20} {said}", style="dim cyan")


def _details(memory: "Memory") -> str:
    """Return id, type, age and tags; the id comes first so that narrow terminals do not cut it."""
    content = memory.content
    parts = [memory.id, content.type, console.age(memory.created_at), ", ".join(content.tags)]
    if memory.supersession is not None:
        since = to_iso(memory.supersession.at)[:10]
        parts.append(f"replaced by {memory.supersession.by or 'another'} on {since}")
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
