"""`memorizer history`, `diff` and `revert`: earlier versions of a memory."""

from typing import Annotated, Final

import typer

from memorizer.cli import console, rest
from memorizer.cli.options import AsJson, DataDir, Limit, MemoryId, Server, Workspace
from memorizer.cli.rest import Api, Json, Place
from memorizer.domain.errors import NotFound
from memorizer.domain.timestamps import from_iso

MARKS: Final = {"added": ("+", "green"), "removed": ("-", "red")}


def history(
    given: MemoryId,
    *,
    versions: Annotated[
        bool, typer.Option("--versions", metavar="", help="List versions with their texts instead.")
    ] = False,
    limit: Limit = 20,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """List what happened to a memory, newest first: what, when and who did it."""
    what = "versions" if versions else "events"
    with rest.opened(Place(data_dir, server, workspace)) as api:
        id_ = rest.memory_id(api, given)
        page = api.get(f"/api/memories/{id_}/{what}", limit=limit)
    if as_json:
        console.json(page)
        return
    for each in page[what]:
        if versions:
            _print_version(each)
        else:
            _print_event(each)
    if page.get("nextCursor"):
        console.note("there are older ones; raise --limit to list them.")


def diff(
    given: MemoryId,
    old: Annotated[
        int | None,
        typer.Argument(metavar="FROM", min=1, help="The old version (default: the one before)."),
    ] = None,
    new: Annotated[
        int | None,
        typer.Argument(metavar="TO", min=1, help="The new version (default: the current one)."),
    ] = None,
    *,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Compare two versions of a memory line by line."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        id_ = rest.memory_id(api, given)
        found = _difference(api, id_, old, new)
    if as_json:
        console.json(found)
        return
    console.line((f"version {found['from']} → {found['to']}", "bold"))
    for change in found["changes"]:
        name = change["field"]
        console.line((f"- {name}: {console.plain(str(change['old']))}", "red"))
        console.line((f"+ {name}: {console.plain(str(change['new']))}", "green"))
    for line in found["lines"]:
        mark, style = MARKS.get(line["kind"], (" ", ""))
        console.line((f"{mark} {console.printable(line['text'])}", style))


def revert(
    given: MemoryId,
    version: Annotated[
        int, typer.Argument(metavar="VERSION", min=1, help="The version whose content comes back.")
    ],
    *,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Write the content of an old version as a new one; nothing is lost."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        id_ = rest.memory_id(api, given)
        body = {"version": version}
        reverted = api.request("POST", f"/api/memories/{id_}/revert", body=body).body
    if as_json:
        console.json(reverted)
    else:
        console.success(f"{id_} is version {version} again, as version {reverted['version']}")


def _difference(api: Api, id_: str, old: int | None, new: int | None) -> Json:
    """Return the difference of two versions. Raises NotFound."""
    if new is None:
        new = int(api.get(f"/api/memories/{id_}")["version"])
    old = old or new - 1
    if not old:
        raise NotFound("version before the first of memory", id_)
    found: Json = api.get(f"/api/memories/{id_}/diff", **{"from": old, "to": new})
    return found


def _print_event(event: Json) -> None:
    at = console.local_time(from_iso(event["at"]))
    what = event["type"].replace("_", " ")
    version, actor = f"v{event['version']}", console.plain(event["actor"])
    console.line((f"{at}  ", "dim"), f"{version:<4} {what:<21} ", (f"by {actor}", "dim"))


def _print_version(version: Json) -> None:
    at = console.local_time(from_iso(version["createdAt"]))
    title = console.plain(version["title"] or "(no title yet)")
    console.line((f"v{version['version']:<3} ", "bold"), (f"{at}  ", "dim"), (title, "bold"))
    purged = "purgedAt" in version
    text = "(its content was purged)" if purged else console.printable(version["text"])
    console.line(text)
    console.line()
