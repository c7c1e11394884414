"""`memorizer search`, `list` and `duplicates`: what finds memories."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from memorizer.cli import console, rest
from memorizer.cli.options import (
    AsJson,
    DataDir,
    Limit,
    MetadataFilter,
    Server,
    TagFilter,
    TypeFilter,
    Workspace,
    conditions_of,
    pairs,
    when,
)
from memorizer.cli.rest import Json, Place
from memorizer.domain.timestamps import from_iso, to_iso

if TYPE_CHECKING:
    from rich.text import Text

INDENT: Final = "    "
MAX_HIT_COLUMNS: Final = 80
LEGS: Final = {
    "fullText": "words",
    "content": "meaning of the text",
    "metadata": "title and tags",
}
NOTHING: Final[Mapping[str, Any]] = {"memories": [], "count": 0}

CreatedAfter = Annotated[str | None, typer.Option(metavar="TIME", help="Only those stored later.")]
CreatedBefore = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only those stored earlier.")
]


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
    created_after: CreatedAfter = None,
    created_before: CreatedBefore = None,
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
        Literal["relevance", "newest"],
        typer.Option(metavar="relevance|newest", help="Which hits come first."),
    ] = "relevance",
    explain: Annotated[
        bool, typer.Option("--explain", metavar="", help="Show how each score was computed.")
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Search memories by words and by meaning, best match first."""
    wanted = {
        "query": query,
        "limit": limit,
        "types": types or [],
        "tags": tags or [],
        "metadata": conditions_of(metadata),
        "threshold": threshold,
        "minRelevance": min_relevance,
        "createdAfter": _iso(when("--created-after", created_after)),
        "createdBefore": _iso(when("--created-before", created_before)),
        "asOf": _iso(when("--as-of", as_of, is_end=True)),
        "includeSuperseded": include_superseded,
        "sort": sort,
        "explain": explain,
    }
    with rest.opened(Place(data_dir, server, workspace)) as api:
        if api.is_missing:
            answer: Json = {"results": [], "count": 0, "query": query}
        else:
            answer = api.request("POST", "/api/search", body=wanted).body
    if as_json:
        console.json(answer)
    else:
        _print_answer(answer)


def list_(
    *,
    limit: Limit = 20,
    types: TypeFilter = None,
    tags: TagFilter = None,
    metadata: MetadataFilter = None,
    key_prefix: Annotated[
        str | None,
        typer.Option("--key", metavar="PREFIX", help="Only those whose key begins so."),
    ] = None,
    created_after: CreatedAfter = None,
    created_before: CreatedBefore = None,
    archived: Annotated[
        bool, typer.Option("--archived", metavar="", help="Only archived ones.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", metavar="", help="Archived ones, too.")] = False,
    pinned: Annotated[bool, typer.Option("--pinned", metavar="", help="Only pinned ones.")] = False,
    validity: Annotated[
        Literal["current", "superseded", "expired", "review"] | None,
        typer.Option(
            metavar="WHAT",
            help="Only what is `current`, `superseded`, `expired` or due for `review`.",
        ),
    ] = None,
    cursor: Annotated[
        str | None,
        typer.Option(metavar="ID", help="`nextCursor` of the page before.", show_default=False),
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List memories, newest first."""
    wanted: dict[str, Any] = {
        "limit": limit,
        "type": types,
        "tag": tags,
        "keyPrefix": key_prefix,
        "createdAfter": _iso(when("--created-after", created_after)),
        "createdBefore": _iso(when("--created-before", created_before)),
        "archived": "all" if all_ else archived,
        "pinned": pinned or None,
        "validity": validity,
        "cursor": cursor,
        **{f"metadata[{name}]": value for name, value in pairs(metadata)},
    }
    with rest.opened(Place(data_dir, server, workspace)) as api:
        page = NOTHING if api.is_missing else api.get("/api/memories", **wanted)
    if as_json:
        console.json(page)
        return
    for memory in page["memories"]:
        _print_memory(memory)
    if not page["memories"]:
        console.line("No memories.")
    if page.get("nextCursor"):
        console.note(f"there are older ones: --cursor {page['nextCursor']}, or a higher --limit.")


def duplicates(
    threshold: Annotated[
        float,
        typer.Option(metavar="COSINE", min=0.5, max=1, help="Minimum similarity of meaning."),
    ] = 0.95,
    limit: Limit = 20,
    *,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List pairs of memories that say nearly the same thing; nothing is changed."""
    found: list[Json] = []
    cursor, examined = None, 0
    with rest.opened(Place(data_dir, server, workspace)) as api:
        pages = api.pages("/api/duplicates", threshold=threshold, limit=limit)
        while len(found) < limit and not api.is_missing and (page := next(pages, None)):
            examined += page["examined"]
            found, cursor = found + page["pairs"], page.get("nextCursor")
    has_more = cursor is not None or len(found) > limit
    found = found[:limit]
    if as_json:
        following = {"nextCursor": cursor} if cursor else {}
        console.json({"pairs": found, "count": len(found), "examined": examined, **following})
    else:
        _print_pairs(found, has_more=has_more)


def _iso(at: int | None) -> str | None:
    return None if at is None else to_iso(at)


def _print_answer(answer: Json) -> None:
    out, hits = console.out(), answer["results"]
    width = min(out.width, MAX_HIT_COLUMNS)
    if hits and all(hit["match"] == "weak" for hit in hits):
        console.line("Nothing matches well. The nearest:")
    for rank, hit in enumerate(hits, start=1):
        for line in _hit_lines(rank, hit, width):
            out.print(line)
    if not hits:
        console.line(f"Nothing found for “{console.plain(answer['query'])}”.")
    if read_as := answer.get("readAs"):
        of_time = sum(hit.get("timeBonus", 0) > 0 for hit in hits)
        console.note(f"time read as {read_as}: {of_time or 'none'} of these are of then.")
    if answer.get("degraded"):
        console.note(answer["degraded"])


def _hit_lines(rank: int, hit: Json, width: int) -> "Iterator[Text]":
    """Yield title and match, the beginning of the text, and the details."""
    from rich.text import Text

    memory, columns = hit["memory"], width - len(INDENT)
    match = f"{hit['match']} {hit['relevance']:.2f}"
    title = console.cut(memory["title"] or "(no title yet)", columns - len(match) - 2)
    title.stylize("bold" if memory["title"] else "italic")
    gap = " " * (columns - title.cell_len - len(match))
    yield Text.assemble((f"{rank:>2}  ", "dim"), title, gap, (match, "cyan"))
    yield Text(INDENT).append_text(console.cut(memory["text"], columns))
    copies = f" · {hit['copies']} copies" if hit["copies"] > 1 else ""
    details = INDENT + details_of(memory) + copies
    yield Text(details, style="dim", overflow="ellipsis", no_wrap=True)
    for leg in hit.get("explanation") or ():
        yield Text(
            f"{INDENT}{LEGS[leg['leg']]:<20} rank {leg['rank']:<3} score {leg['score']:<7.3f} "
            f"adds {leg['contribution']:.3f}",
            style="dim cyan",
        )
    if rerank := hit.get("rerank"):
        said = f"rank {rerank['rankBefore']:<3} score {rerank['score']:.3f}"
        yield Text(f"{INDENT}{'reranked, before':<20} {said}", style="dim cyan")


def details_of(memory: Json) -> str:
    """Return id, type, age and tags; the id comes first so that narrow terminals do not cut it."""
    created = console.age(from_iso(memory["createdAt"]))
    parts = [memory["id"], memory["type"], created, ", ".join(memory["tags"])]
    if since := memory.get("supersededAt"):
        parts.append(f"replaced by {memory.get('supersededBy') or 'another'} on {since[:10]}")
    return console.plain(" · ".join(part for part in parts if part))


def _print_memory(memory: Json) -> None:
    """Print a memory on one line, which a terminal cuts at its end."""
    from rich.text import Text

    tags = ", ".join(memory["tags"])
    kinds = console.plain(" · ".join(filter(None, [memory["type"], tags])))
    age = console.age(from_iso(memory["createdAt"]))
    marks = "".join(
        f" [{mark}]"
        for mark, field in (
            ("pinned", "pinned"),
            ("archived", "archivedAt"),
            ("replaced", "supersededAt"),
        )
        if field in memory
    )
    line = Text.assemble(
        (memory["id"], "bold"),
        f"  {rest.title_of(memory)}",
        (marks, "yellow"),
        (f"  {kinds}  {age}", "dim"),
    )
    console.out().print(line, no_wrap=True, overflow="ellipsis")


def _print_pairs(found: Sequence[Json], *, has_more: bool) -> None:
    if not found:
        console.line("No two memories are this similar.")
    for pair in found:
        console.line((f"{pair['similarity']:.3f}", "cyan"))
        for memory in (pair["memory"], pair["older"]):
            age = console.age(from_iso(memory["createdAt"]))
            name = rest.title_of(memory)
            console.line("  ", (memory["id"], "bold"), f"  {name}", (f"  {age}", "dim"))
    if has_more:
        console.note("there are more pairs; raise --limit to list them.")
