"""`memorizer proposals`: lists what is proposed, and decides it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from memorizer.cli import console, rest
from memorizer.cli.options import AsJson, DataDir, Limit, Server, Workspace
from memorizer.cli.rest import Json, Place
from memorizer.domain.errors import InvalidField
from memorizer.domain.proposals import ProposalState

MAX_COLUMNS = 60
NOTHING = "Nothing is proposed. `memorizer consolidate --watch` looks for something."

app = typer.Typer(help="List and decide proposed changes of memories.", no_args_is_help=True)

ProposalIds = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Id of a proposal; repeatable.", show_default=False),
]


@app.command("list")
def list_(
    state: Annotated[
        ProposalState,
        typer.Option(metavar="STATE", help=f"In this state: {', '.join(ProposalState)}."),
    ] = ProposalState.OPEN,
    *,
    recommended: Annotated[
        bool, typer.Option("--recommended", metavar="", help="Only those that are recommended.")
    ] = False,
    limit: Limit = 20,
    as_json: AsJson = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """List proposals, newest first."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        page = api.get(
            "/api/proposals", state=state.value, recommended=recommended or None, limit=limit
        )
    if as_json:
        console.json(page)
    elif not page["proposals"]:
        console.line(NOTHING)
    else:
        _print_table(page["proposals"])
        console.note(f"{page['count']} of {page['states'][state]}.")


@app.command()
def accept(
    ids: ProposalIds,
    *,
    cluster: Annotated[
        bool, typer.Option("--cluster", metavar="", help="And all open ones of its cluster.")
    ] = False,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Another text.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="Another title.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Another tag; repeatable.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="ID", help="The memory that replaces the others.")
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Carry out proposals, all or none; `memorizer proposals undo` takes it back."""
    given = {"text": text, "title": title, "tags": tag, "keep": keep}
    edit = {name: value for name, value in given.items() if value}
    if cluster and (len(ids) > 1 or edit):
        raise InvalidField("cluster", "is for one proposal, without an edit")
    if edit and len(ids) > 1:
        raise InvalidField("id", "one proposal at a time can be edited")
    with rest.opened(Place(data_dir, server, workspace)) as api:
        if len(ids) == 1:
            body = {"wholeCluster": True} if cluster else edit
            done = api.request("POST", f"/api/proposals/{ids[0]}/accept", body=body).body
        else:
            done = api.request("POST", "/api/proposals/accept", body={"ids": ids}).body
    console.success(f"Accepted {len(done['proposals'])}")
    console.note(f"`memorizer proposals undo {done['id']}` takes it back.")


@app.command()
def undo(
    change_set: Annotated[
        str, typer.Argument(metavar="ID", help="Id that accepting printed.", show_default=False)
    ],
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Undo what accepting did; the proposals are open again."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        done = api.request("POST", f"/api/change-sets/{change_set}/undo").body
    console.success(f"Undid {len(done['proposals'])}")


@app.command()
def decline(
    ids: ProposalIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Turn proposals down: the same are never proposed again."""
    _decide_each("Declined", ids, "decline", Place(data_dir, server, workspace))


@app.command()
def later(
    ids: ProposalIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Put proposals off until a consolidation finds them again."""
    _decide_each("Put off", ids, "later", Place(data_dir, server, workspace))


@app.command()
def reopen(
    ids: ProposalIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Make declined or put off proposals open again."""
    _decide_each("Reopened", ids, "reopen", Place(data_dir, server, workspace))


def _decide_each(what: str, ids: Sequence[str], action: str, place: Place) -> None:
    with rest.opened(place) as api:
        for id_ in ids:
            api.request("POST", f"/api/proposals/{id_}/{action}")
    console.success(f"{what} {len(ids)}")


def _print_table(proposals: Sequence[Json]) -> None:
    from rich.text import Text

    table = console.table("ID", "PROPOSAL", "SURE", "MEMORIES", "REASON")
    for proposal in proposals:
        names = [_name(each) for each in proposal["memories"]]
        sure = f"{proposal['score']:.2f}{' ✓' if proposal['recommended'] else ''}"
        table.add_row(
            Text(proposal["id"]),
            proposal["kind"],
            sure,
            Text("\n").join(console.cut(name, MAX_COLUMNS) for name in names),
            Text(console.plain(proposal["reason"])),
        )
    console.out().print(table)


def _name(memory: Json) -> str:
    return str(memory.get("title") or memory.get("text") or "(deleted)")
