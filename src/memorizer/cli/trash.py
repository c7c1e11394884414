"""`memorizer archive`, `delete`, `trash`, `purge-version`, and how memories come back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from memorizer.cli import console, rest, workspace_detection
from memorizer.cli.memories import change_each
from memorizer.cli.options import (
    AsJson,
    DataDir,
    Limit,
    MemoryId,
    MemoryIds,
    Server,
    Workspace,
    Yes,
)
from memorizer.cli.rest import Api, Json, Place, RequestRefused
from memorizer.domain.errors import NotFound
from memorizer.domain.timestamps import from_iso

MAX_TITLE_COLUMNS = 50
EMPTY = "The trash is empty."
NO_TRASH = {"memories": [], "count": 0, "total": 0}

secrets_app = typer.Typer(
    help="List what looks like a secret in stored memories, or remove it.", no_args_is_help=True
)
app = typer.Typer(
    help="List, restore or permanently delete memories in the trash.", no_args_is_help=True
)


def archive(
    ids: MemoryIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Archive memories: lists and searches leave them out."""

    def change(api: Api, id_: str) -> Json:
        archived: Json = api.request("POST", f"/api/memories/{id_}/archive").body
        return archived

    place = Place(data_dir, server, workspace)
    change_each(place, ids, "Archived", change, as_json=as_json)


def delete(
    ids: MemoryIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Move memories to the trash; `memorizer restore` brings them back."""

    def change(api: Api, id_: str) -> Json:
        memory: Json = api.get(f"/api/memories/{id_}")
        api.request("DELETE", f"/api/memories/{id_}")
        return memory

    change_each(Place(data_dir, server, workspace), ids, "Deleted", change, as_json=as_json)


def restore_memories(place: Place, ids: Sequence[str], *, as_json: bool) -> None:
    """Bring memories back from the trash or the archive, or from being replaced."""

    def change(api: Api, id_: str) -> Json:
        back: Json
        try:
            back = api.request("POST", f"/api/memories/{id_}/restore").body
        except RequestRefused as error:
            if not error.is_not_found:
                raise
            back = api.request("POST", f"/api/trash/{id_}/restore").body
        return back

    def find(api: Api, given: str) -> str:
        try:
            return rest.memory_id(api, given)
        except NotFound:
            return rest.trashed_id(api, given)

    change_each(place, ids, "Restored", change, find=find, as_json=as_json)


@app.command("list")
def list_(
    limit: Limit = 20,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List the memories in the trash, most recently deleted first."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        page = NO_TRASH if api.is_missing else api.get("/api/trash", limit=limit)
    if as_json:
        console.json(page)
    else:
        _print_trash(page)


@app.command()
def restore(
    ids: MemoryIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Restore memories with their history and relationships."""

    def change(api: Api, id_: str) -> Json:
        back: Json = api.request("POST", f"/api/trash/{id_}/restore").body
        return back

    place = Place(data_dir, server, workspace)
    change_each(place, ids, "Restored", change, find=rest.trashed_id, as_json=as_json)


@app.command()
def empty(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Id of a memory, or what it begins with; repeatable. If omitted, the whole trash.",
        ),
    ] = None,
    *,
    yes: Yes = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Permanently delete memories in the trash, with their whole history."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        wanted = [rest.trashed_id(api, each) for each in ids or ()]
        if not wanted and (api.is_missing or not api.get("/api/trash", limit=1)["total"]):
            console.line(EMPTY)
            return
        if not yes:
            what = "these memories" if wanted else "everything in the trash"
            typer.confirm(f"Permanently delete {what}?", abort=True)
        for id_ in wanted:
            api.request("DELETE", f"/api/trash/{id_}")
        purged = len(wanted) or api.request("DELETE", "/api/trash").body["count"]
    console.line(f"Permanently deleted {console.memories(purged)}.")


def purge_version(
    given: MemoryId,
    numbers: Annotated[
        list[int],
        typer.Argument(metavar="N", min=1, help="Number of the version; repeatable."),
    ],
    *,
    yes: Yes = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
) -> None:
    """Permanently delete the text, title and tags of earlier versions of a memory.

    The current version cannot be purged: edit the memory first.
    """
    versions = f"version{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
    with rest.opened(Place(data_dir, server, workspace)) as api:
        id_ = rest.memory_id(api, given)
        if not yes:
            typer.confirm(f"Permanently delete the content of {versions}?", abort=True)
        for number in numbers:
            api.request("DELETE", f"/api/memories/{id_}/versions/{number}")
    console.line(f"Purged {versions} of {id_}.")


@secrets_app.command("list")
def list_secrets(data_dir: DataDir = None, server: Server = None, as_json: AsJson = False) -> None:
    """List the versions of memories that hold what looks like a key, a token or a password."""
    findings: list[Json] = []
    examined = 0
    with rest.opened(_whole(data_dir, server)) as api:
        for page in api.pages("/api/admin/secrets"):
            findings += page["findings"]
            examined += page["examined"]
    if as_json:
        console.json({"findings": findings, "count": len(findings), "examined": examined})
        return
    for each in findings:
        version = f"v{each['version']}" + (" (current)" if each["current"] else "")
        console.line(
            (each["memoryId"], "bold"),
            f"  {version:<14} {', '.join(each['kinds'])}  ",
            (console.cut(each["title"], MAX_TITLE_COLUMNS).plain, "dim"),
        )
    console.line(f"{console.memories(examined)} examined, {len(findings):,} versions with secrets.")
    if findings:
        console.note("`memorizer secrets purge ID` removes them; give new secrets in any case.")


@secrets_app.command("purge")
def purge_secrets(
    ids: MemoryIds,
    *,
    yes: Yes = False,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Mask the secrets of memories in a new version, and purge the versions that hold some.

    It cannot be undone. Backups and exports that were made before still hold them.
    """

    def change(api: Api, id_: str) -> Json:
        purged: Json = api.request("POST", f"/api/admin/secrets/{id_}/purge").body
        return purged if as_json else purged["memory"]

    if not yes:
        typer.confirm("Permanently delete the secrets in these memories?", abort=True)
    change_each(_whole(data_dir, server), ids, "Purged", change, as_json=as_json)


def _whole(data_dir: Path | None, server: str | None) -> Place:
    """Return the place with all workspaces, whatever MEMORIZER_WORKSPACE says."""
    return Place(data_dir, server, workspace_detection.ALL)


def _print_trash(page: Json) -> None:
    from rich.text import Text

    if not page["memories"]:
        console.line(EMPTY)
        return
    table = console.table("ID", "TITLE", "DELETED")
    for memory in page["memories"]:
        age = console.age(from_iso(memory["deletedAt"]))
        table.add_row(Text(memory["id"]), Text(rest.title_of(memory)), Text(age))
    console.out().print(table)
    count = len(page["memories"])
    shown = f"{count} of {page['total']}; " if page["total"] > count else ""
    days = f"{page['days']:g} days"
    console.note(f"{shown}memories are permanently deleted {days} after they went to the trash.")
