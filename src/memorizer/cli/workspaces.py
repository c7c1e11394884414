"""`memorizer workspace`: the tree of workspaces and projects."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from memorizer.cli import console, rest, workspace_detection
from memorizer.cli.options import AsJson, DataDir, Server, Yes
from memorizer.cli.rest import Json, Place
from memorizer.domain.errors import InvalidField
from memorizer.domain.workspaces import ProjectStatus

if TYPE_CHECKING:
    from rich.text import Text

ROOT: Final = "/"
PATH: Final = "/api/workspaces"

Ref = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="Path or id of the workspace; `auto` is that of the current folder.",
        show_default=False,
    ),
]

app = typer.Typer(
    help="List, create, move, rename, archive or delete workspaces and projects.",
    no_args_is_help=True,
)


@app.command("list")
def list_(data_dir: DataDir = None, server: Server = None, as_json: AsJson = False) -> None:
    """List the tree of workspaces, each with the number of memories directly in it."""
    with rest.opened(_whole(data_dir, server)) as api:
        found = api.get(PATH)
    if as_json:
        console.json(found)
    elif found["workspaces"]:
        _print_tree(found["workspaces"])
    else:
        console.line("No workspaces.")


@app.command()
def create(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="Path of the new workspace, such as `acme/billing-api`; `auto` is that of the "
            "current folder.",
            show_default=False,
        ),
    ],
    *,
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", metavar="NAME", help="Name (default: the path's last part)."),
    ] = None,
    description: Annotated[
        str, typer.Option(metavar="TEXT", help="What it is for; Markdown.", show_default=False)
    ] = "",
    project: Annotated[
        bool, typer.Option("--project", metavar="", help="Create a project.")
    ] = False,
    status: Annotated[
        ProjectStatus | None,
        typer.Option(metavar="STATUS", help="Of a project (default: draft).", show_default=False),
    ] = None,
    victory_conditions: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Of a project: when it has succeeded; Markdown."),
    ] = None,
    parents: Annotated[
        bool,
        typer.Option("--parents", "-p", metavar="", help="Create those above it if needed."),
    ] = False,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Create a workspace, or a project: a workspace with a status and victory conditions."""
    above, _, slug = _ref(path).rpartition("/")
    new = {
        "name": name or slug,
        "parent": above or None,
        "slug": slug,
        "kind": "project" if project else "workspace",
        "description": description,
        "status": status,
        "victoryConditions": victory_conditions,
    }
    with rest.opened(_whole(data_dir, server), create=True) as api:
        if parents and above:
            rest.create_workspaces(api, above)
        made = api.request("POST", PATH, body=new).body
    _print_done("Created", made, as_json=as_json)


@app.command()
def move(
    path: Ref,
    parent: Annotated[
        str,
        typer.Argument(
            metavar="PARENT",
            help=f"Path or id of the workspace above; `{ROOT}` for none.",
            show_default=False,
        ),
    ],
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Move a workspace, with all below it, under another one."""
    body = {"parent": None if parent == ROOT else _ref(parent)}
    with rest.opened(_whole(data_dir, server)) as api:
        moved = api.request("POST", f"{PATH}/{_ref(path)}/move", body=body).body
    _print_done("Moved", moved, as_json=as_json)


@app.command()
def rename(
    path: Ref,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.", show_default=False)],
    *,
    slug: Annotated[
        str | None,
        typer.Option(
            metavar="SLUG",
            help="The new last part of the path (default: the path stays as it is).",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Change the name of a workspace, and with --slug its path."""
    body = {"name": name} | ({} if slug is None else {"slug": slug})
    with rest.opened(_whole(data_dir, server)) as api:
        renamed = api.request("PATCH", f"{PATH}/{_ref(path)}", body=body).body
    _print_done("Renamed", renamed, as_json=as_json)


@app.command()
def archive(
    path: Ref,
    undo: Annotated[
        bool, typer.Option("--undo", metavar="", help="Take an archived workspace back.")
    ] = False,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Mark a workspace as archived; its memories stay as they are."""
    with rest.opened(_whole(data_dir, server)) as api:
        body = {"archived": not undo}
        archived = api.request("PATCH", f"{PATH}/{_ref(path)}", body=body).body
    _print_done("Took back" if undo else "Archived", archived, as_json=as_json)


@app.command()
def delete(
    path: Ref,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="What becomes of the memories in it: `trash` or `parent`; needed where there are "
            "some.",
            show_default=False,
        ),
    ] = None,
    *,
    yes: Yes = False,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Delete a workspace and all below it; memories go to the trash or to the workspace above."""
    ref = _ref(path)
    if not yes:
        typer.confirm(f"Delete the workspace {ref} and all below it?", abort=True)
    with rest.opened(_whole(data_dir, server)) as api:
        held = api.request("DELETE", f"{PATH}/{ref}", query={"to": to}).body
    if as_json:
        console.json(held)
        return
    count = held["memories"]
    where = f"; {console.memories(count)} went to the {to}" if count else ""
    console.success(f"Deleted {ref}{where}")


def _ref(given: str) -> str:
    """Return the id or path that is meant. Raises InvalidField."""
    ref = workspace_detection.chosen(given, Path.cwd())
    if ref is None:
        raise InvalidField("workspace", f"{given!r} is not a workspace; name one by path or id")
    return ref


def _whole(data_dir: Path | None, server: str | None) -> Place:
    """Return the place with all workspaces, whatever MEMORIZER_WORKSPACE says."""
    return Place(data_dir, server, workspace_detection.ALL)


def _print_done(what: str, workspace: Json, *, as_json: bool) -> None:
    if as_json:
        console.json(workspace)
        return
    path, id_ = workspace["path"], workspace["id"]
    console.line(("✓ ", "green"), f"{what} ", (path, "bold"), (f"  {id_}", "dim"))


def _print_tree(nodes: Sequence[Json]) -> None:
    from rich.text import Text

    table = console.table("WORKSPACE", "NAME", "MEMORIES", "STATE", "PATH", "ID")
    for node, tree in zip(nodes, _branches(nodes), strict=True):
        cells = (
            console.plain(node["name"]),
            f"{node['memories']:,}",
            _state(node),
            node["path"],
            node["id"],
        )
        table.add_row(tree, *map(Text, cells))
    console.out().print(table)


def _branches(nodes: Sequence[Json]) -> "list[Text]":
    """Return the slug of each workspace, behind the branches of a tree that lead to it."""
    from rich.text import Text

    last: dict[str | None, str] = {node.get("parentId"): node["id"] for node in nodes}
    stems: dict[str | None, str] = {None: ""}
    lines = []
    for node in nodes:
        parent = node.get("parentId")
        stem = stems.get(parent, "")  # a bound token may not see the workspace above
        is_root = parent not in stems or parent is None
        branch = "" if is_root else "└─ " if last[parent] == node["id"] else "├─ "
        below = "   " if last[parent] == node["id"] else "│  "
        stems[node["id"]] = "" if is_root else stem + below
        lines.append(Text.assemble((stem + branch, "dim"), (node["slug"], "bold")))
    return lines


def _state(node: Json) -> str:
    words = [node.get("status") or "", "archived" if "archivedAt" in node else ""]
    return ", ".join(dict.fromkeys(word for word in words if word))
