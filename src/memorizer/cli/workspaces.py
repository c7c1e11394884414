"""`memorizer workspace`: the tree of workspaces and projects."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session, workspace_detection
from memorizer.cli.options import AsJson, DataDir, Yes
from memorizer.domain.errors import InvalidField
from memorizer.domain.workspaces import ProjectStatus, Workspace, WorkspaceChange, WorkspaceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from memorizer.domain.workspaces import WorkspaceCounts
    from memorizer.services import Services
    from memorizer.services.workspaces import WorkspaceNode

ROOT = "/"
ACTOR = "cli"

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
def list_(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tree of workspaces, each with the number of memories directly in it."""
    nodes = session.open_existing(data_dir, lambda services: services.workspaces.tree())
    if as_json:
        _print_json(nodes)
    elif nodes:
        _print_tree(nodes)
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
) -> None:
    """Create a workspace, or a project: a workspace with a status and victory conditions."""
    above, _, slug = _ref(path).rpartition("/")

    async def make(services: "Services") -> Workspace:
        workspaces = services.workspaces
        if parents and above:
            await workspaces.ensure(above, actor=ACTOR)
        return await workspaces.create(
            name or slug,
            actor=ACTOR,
            parent=above or None,
            slug=slug,
            kind=WorkspaceKind.PROJECT if project else WorkspaceKind.WORKSPACE,
            description=description,
            status=status,
            victory_conditions=victory_conditions,
        )

    _print_done("Created", session.open_or_create(data_dir, make))


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
) -> None:
    """Move a workspace, with all below it, under another one."""
    above = None if parent == ROOT else _ref(parent)
    moved = session.open_existing(
        data_dir, lambda services: services.workspaces.move(_ref(path), above, actor=ACTOR)
    )
    _print_done("Moved", moved)


@app.command()
def rename(
    path: Ref,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.", show_default=False)],
    slug: Annotated[
        str | None,
        typer.Option(
            metavar="SLUG",
            help="The new last part of the path (default: the path stays as it is).",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Change the name of a workspace, and with --slug its path."""
    change = WorkspaceChange(name=name, slug=slug)
    renamed = session.open_existing(
        data_dir, lambda services: services.workspaces.update(_ref(path), change, actor=ACTOR)
    )
    _print_done("Renamed", renamed)


@app.command()
def archive(
    path: Ref,
    undo: Annotated[
        bool, typer.Option("--undo", metavar="", help="Take an archived workspace back.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Mark a workspace as archived; its memories stay as they are."""
    archived = session.open_existing(
        data_dir,
        lambda services: services.workspaces.set_archived(
            _ref(path), archived=not undo, actor=ACTOR
        ),
    )
    _print_done("Took back" if undo else "Archived", archived)


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
) -> None:
    """Delete a workspace and all below it; memories go to the trash or to the workspace above."""
    ref = _ref(path)

    async def remove(services: "Services") -> "WorkspaceCounts":
        return await services.workspaces.delete(ref, actor=ACTOR, to=to)

    if not yes:
        typer.confirm(f"Delete the workspace {ref} and all below it?", abort=True)
    held = session.open_existing(data_dir, remove)
    where = f"; {console.memories(held.memories)} went to the {to}" if held.memories else ""
    console.success(f"Deleted {ref}{where}")


def _ref(given: str) -> str:
    """Return the id or path that is meant. Raises InvalidField."""
    ref = workspace_detection.chosen(given, Path.cwd())
    if ref is None:
        raise InvalidField("workspace", f"{given!r} is not a workspace; name one by path or id")
    return ref


def _print_done(what: str, workspace: Workspace) -> None:
    console.line(
        ("✓ ", "green"), f"{what} ", (workspace.path, "bold"), (f"  {workspace.id}", "dim")
    )


def _print_json(nodes: "Sequence[WorkspaceNode]") -> None:
    from memorizer.http.routes.workspaces import CountedWorkspace, Workspaces

    listed = [CountedWorkspace.counted(node) for node in nodes]
    console.json_line(
        Workspaces(workspaces=listed, count=len(listed)).model_dump_json(by_alias=True)
    )


def _print_tree(nodes: "Sequence[WorkspaceNode]") -> None:
    from rich.text import Text

    table = console.table("WORKSPACE", "NAME", "MEMORIES", "STATE", "PATH", "ID")
    for node, tree in zip(nodes, _branches(nodes), strict=True):
        workspace = node.workspace
        cells = (
            console.plain(workspace.name),
            f"{node.counts.memories:,}",
            _state(workspace),
            workspace.path,
            workspace.id,
        )
        table.add_row(tree, *map(Text, cells))
    console.out().print(table)


def _branches(nodes: "Sequence[WorkspaceNode]") -> "list[Text]":
    """Return the slug of each workspace, behind the branches of a tree that lead to it."""
    from rich.text import Text

    last: dict[str | None, str] = {n.workspace.parent_id: n.workspace.id for n in nodes}
    stems: dict[str | None, str] = {None: ""}
    lines = []
    for node in nodes:
        workspace, stem = node.workspace, stems[node.workspace.parent_id]
        is_last = last[workspace.parent_id] == workspace.id
        is_root = workspace.parent_id is None
        branch = "" if is_root else "└─ " if is_last else "├─ "
        stems[workspace.id] = "" if is_root else stem + ("   " if is_last else "│  ")
        lines.append(Text.assemble((stem + branch, "dim"), (workspace.slug, "bold")))
    return lines


def _state(workspace: Workspace) -> str:
    is_archived = workspace.archived_at is not None
    words = [workspace.status or "", "archived" if is_archived else ""]
    return ", ".join(dict.fromkeys(word for word in words if word))
