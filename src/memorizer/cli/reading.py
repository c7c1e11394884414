"""`memorizer get`, `context`, `stats` and `open`: what shows memories."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from memorizer.cli import console, rest
from memorizer.cli.options import AsJson, DataDir, MemoryIds, Server, Workspace
from memorizer.cli.rest import Api, Json, Place
from memorizer.cli.search import details_of


def get(
    ids: MemoryIds,
    *,
    text: Annotated[
        bool, typer.Option("--text", metavar="", help="Print the text alone, as it is stored.")
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Show memories whole."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        found = [api.get(f"/api/memories/{rest.memory_id(api, each)}") for each in ids]
    if as_json:
        console.json(found[0] if len(ids) == 1 else {"memories": found, "count": len(found)})
        return
    for number, memory in enumerate(found):
        if text:
            sys.stdout.flush()
            sys.stdout.buffer.write(memory["text"].encode())
            continue
        if number:
            console.line()
        _print_whole(memory)
    sys.stdout.buffer.flush()


def context(
    prompt: Annotated[
        str | None,
        typer.Argument(metavar="PROMPT", help="Adds memories that answer it.", show_default=False),
    ] = None,
    *,
    budget: Annotated[
        int | None, typer.Option(metavar="CHARACTERS", help="Length at most (default: 8000).")
    ] = None,
    session: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Name of an agent's session, to which nothing is told twice."
        ),
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Print what an agent should know without asking: pinned, open, recent, and what answers."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        if api.is_missing:
            pack: Json = {"markdown": "", "ids": [], "items": [], "omitted": 0}
        else:
            pack = api.get("/api/context", q=prompt, budget=budget, session=session)
    if as_json:
        console.json(pack)
    elif pack["markdown"]:
        console.line(console.printable(pack["markdown"].rstrip("\n")))


def stats(
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Show how many memories there are, of which types and with which tags."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        found = None if api.is_missing else api.get("/api/stats")
    if as_json:
        console.json(found)
    elif found is None:
        console.line("No memories.")
    else:
        _print_stats(found)


def open_(
    given: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Id of a memory, or what it begins with."),
    ] = None,
    *,
    url: Annotated[
        bool, typer.Option("--url", metavar="", help="Print the address, and open nothing.")
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Open the web page of the running server, or a memory on it, in the browser."""
    with rest.opened(Place(data_dir, server, workspace), needs_server=True) as api:
        path = f"/memories/{_known_id(api, given)}" if given else "/"
        address = f"{api.page}{path}"
    if not url:
        import webbrowser

        webbrowser.open(address)
    console.line(address)


def _known_id(api: Api, given: str) -> str:
    """Return the id of a memory that exists. Raises NotFound, RequestRefused."""
    id_ = rest.memory_id(api, given)
    api.get(f"/api/memories/{id_}")
    return id_


def _print_whole(memory: Json) -> None:
    console.line((console.plain(memory["title"] or "(no title yet)"), "bold"))
    console.line((details_of(memory), "dim"))
    facts = {
        "version": memory["version"],
        "source": memory["source"],
        "confidence": None if memory["confidence"] == 1 else memory["confidence"],
        "key": memory.get("key"),
        "metadata": memory.get("metadata"),
        "workspace": memory.get("workspaceId"),
        "pinned": "yes" if memory.get("pinned") else None,
        "changed": None if memory["version"] == 1 else memory["updatedAt"],
        "archived": memory.get("archivedAt"),
        "valid from": memory.get("validFrom"),
        "valid until": memory.get("validUntil"),
        "review at": memory.get("reviewAt"),
        "happened at": memory.get("happenedAt"),
    }
    shown = [f"{name} {value}" for name, value in facts.items() if value is not None]
    console.line((console.plain(" · ".join(shown)), "dim"))
    console.line()
    console.line(console.printable(memory["text"]))


def _print_stats(found: Json) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 3, 0, 0))
    archived = f", {found['archived']:,} archived" if found["archived"] else ""
    pending = {state: count for state, count in found["embeddings"].items() if count}
    rows = {
        "memories": f"{found['memories']:,}{archived}",
        "without title": f"{found['untitled']:,}",
        "versions": f"{found['versions']:,}",
        "links": f"{found['relationships']:,}",
        "embeddings": ", ".join(f"{count:,} {state}" for state, count in pending.items()),
        "model": found["embedding"]["activeModel"] or "none yet",
        "database": console.size(found["databaseBytes"]),
        "types": _counted(found["types"]),
        "tags": _counted(found["tags"]),
    }
    for name, value in rows.items():
        grid.add_row(Text(name, style="dim"), Text(console.plain(value) or "none"))
    console.out().print(grid)
    if mismatch := found["embedding"].get("mismatch"):
        console.note(mismatch)


def _counted(counts: Sequence[Json]) -> str:
    return ", ".join(f"{each['name']} {each['count']:,}" for each in counts)
