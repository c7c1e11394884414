"""`memorizer add`, `tag`, `pin`, `unpin` and `link`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import typer

from memorizer.cli import console, rest
from memorizer.cli.options import (
    AsJson,
    DataDir,
    MemoryId,
    MemoryIds,
    Server,
    Workspace,
    metadata_of,
    when,
)
from memorizer.cli.rest import Api, Json, Place, RequestRefused
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, clean_tags, fold
from memorizer.domain.metadata import Metadata
from memorizer.domain.timestamps import to_iso
from memorizer.domain.validity import Times

STDIN = "-"
MAX_TRIES = 5
"""Attempts to change tags while others change the same memory."""


def add(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Text to store, or - to read standard input.")
    ],
    *,
    title: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="Title; a background job writes one if omitted."),
    ] = None,
    type_: Annotated[str, typer.Option("--type", metavar="TYPE", help="Kind of memory.")] = "note",
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", help="Tag to find it by; repeat for several."),
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="SOURCE", help="Where the information comes from.")
    ] = "cli",
    confidence: Annotated[
        float, typer.Option(metavar="0..1", help="How certain the memory is, from 0 to 1.")
    ] = 1.0,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Your own name for it, such as notes/billing.md; with a known one, its next "
            "version.",
        ),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option("--metadata", "-m", metavar="NAME=VALUE", help="Metadata; repeatable."),
    ] = None,
    replaces: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="A memory that it replaces: searches leave that out; repeatable."
        ),
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option(metavar="TIME", help="From when on it holds.")
    ] = None,
    valid_until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Until when it holds; a date includes that day."),
    ] = None,
    review_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When to look whether it still holds.")
    ] = None,
    happened_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When what it tells of happened.")
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Store a memory."""
    content = Content(
        text=standard_input() if text == STDIN else text,
        type=type_,
        title=title,
        source=source,
        tags=tuple(tags or ()),
        confidence=confidence,
        metadata=Metadata(metadata_of(metadata)),
        times=Times(
            when("--valid-from", valid_from),
            when("--valid-until", valid_until, is_end=True),
            when("--review-at", review_at),
            when("--happened-at", happened_at),
        ),
    )
    with rest.opened(Place(data_dir, server, workspace), create=True) as api:
        body = _as_json(content)
        body["replaces"] = [rest.memory_id(api, each) for each in replaces or ()]
        stored, outcome = _store(api, body, key)
        if as_json:
            console.json(stored)
        else:
            _print_stored(api, stored, outcome)


def _as_json(content: Content) -> Json:
    """Return the body of a request."""
    times = content.times
    moments = {
        "validFrom": times.valid_from,
        "validUntil": times.valid_until,
        "reviewAt": times.review_at,
        "happenedAt": times.happened_at,
    }
    return {
        "text": content.text,
        "type": content.type,
        "title": content.title,
        "source": content.source,
        "tags": list(content.tags),
        "confidence": float(content.confidence),
        "metadata": dict(content.metadata),
        **{name: to_iso(at) for name, at in moments.items() if at is not None},
    }


def _store(api: Api, body: Json, key: str | None) -> tuple[Json, str]:
    """Store a new memory, or the next version of that with the key; return what was done."""
    if key is None:
        new = body if api.workspace is None else body | {"workspace": api.workspace}
        return api.request("POST", "/api/memories", body=new).body, ""
    path = f"/api/memories/by-key/{key}"
    try:
        before = api.get(path)["version"]
    except RequestRefused as error:
        if not error.is_not_found:
            raise
        before = 0
    stored = api.request("PUT", path, body=body)
    version = stored.body["version"]
    if stored.status == HTTPStatus.CREATED:
        return stored.body, ""
    return stored.body, " already" if version == before else f", now version {version}"


def tag(
    given: MemoryId,
    tags: Annotated[
        list[str] | None, typer.Argument(metavar="TAG", help="Tag to add; repeatable.")
    ] = None,
    *,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", "-r", metavar="TAG", help="Tag to remove; repeatable."),
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Add tags to a memory, or remove some; the others stay."""
    if not tags and not remove:
        raise InvalidField("tag", "name a tag to add, or one to --remove")
    gone = {fold(each.strip()) for each in remove or ()}
    with rest.opened(Place(data_dir, server, workspace)) as api:
        changed = _retag(api, rest.memory_id(api, given), tags or [], gone)
    if as_json:
        console.json(changed)
    else:
        shown = console.plain(", ".join(changed["tags"])) or "no tags"
        console.success(f"{changed['id']}: {shown}")


def _retag(api: Api, id_: str, added: Sequence[str], gone: set[str]) -> Json:
    """Change tags, again where somebody else changed the memory meanwhile."""
    path = f"/api/memories/{id_}"
    for attempt in range(1, MAX_TRIES + 1):
        memory = api.get(path)
        kept = [each for each in memory["tags"] if fold(each) not in gone]
        body = {"tags": list(clean_tags((*kept, *added)))}
        try:
            changed: Json = api.request("PATCH", path, body=body, version=memory["version"]).body
        except RequestRefused as error:
            if error.status != HTTPStatus.CONFLICT or attempt == MAX_TRIES:
                raise
        else:
            return changed
    raise AssertionError("the last attempt returns or raises")


def pin(
    ids: MemoryIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Pin memories: every context of an agent begins with them."""
    place = Place(data_dir, server, workspace)
    change_each(place, ids, "Pinned", _patcher({"pinned": True}), as_json=as_json)


def unpin(
    ids: MemoryIds,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Unpin memories."""
    place = Place(data_dir, server, workspace)
    change_each(place, ids, "Unpinned", _patcher({"pinned": False}), as_json=as_json)


def link(
    given: MemoryId,
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="Id of the other memory, or what it begins with."),
    ] = None,
    *,
    type_: Annotated[
        str | None,
        typer.Option(
            "--type", metavar="TYPE", help="How the first relates to the other, such as explains."
        ),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", metavar="", help="Remove the links from one to the other.")
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Link a memory to another one; without OTHER, list its links."""
    with rest.opened(Place(data_dir, server, workspace)) as api:
        id_ = rest.memory_id(api, given)
        if other is None:
            found = api.get(f"/api/memories/{id_}/relationships", limit=rest.MAX_PAGE)
        elif remove:
            found = _unlink(api, id_, rest.memory_id(api, other), type_)
        elif type_ is None:
            raise InvalidField("--type", "say how the first memory relates to the other")
        else:
            new = {"fromMemoryId": id_, "toMemoryId": rest.memory_id(api, other), "type": type_}
            made = api.request("POST", "/api/relationships", body=new).body
            if as_json:
                console.json(made)
                return
            found = {"relationships": [made]}
    if as_json:
        console.json(found)
        return
    done = "Removed " if remove else "✓ " if other else ""
    for each in found["relationships"]:
        names = f"{each['fromMemoryId']} {console.plain(each['type'])} {each['toMemoryId']}"
        console.line((done, "green"), names)
    if not found["relationships"]:
        console.line("No links.")


def _unlink(api: Api, from_id: str, to_id: str, type_: str | None) -> Json:
    """Delete the relationships from one memory to another; return them."""
    path = f"/api/memories/{from_id}/relationships"
    gone = [
        each
        for page in api.pages(path, direction="outgoing", limit=rest.MAX_PAGE)
        for each in page["relationships"]
        if each["toMemoryId"] == to_id and type_ in (None, each["type"])
    ]
    for each in gone:
        api.request("DELETE", f"/api/relationships/{each['id']}")
    return {"relationships": gone, "count": len(gone)}


def _patcher(body: Mapping[str, Any]) -> Callable[[Api, str], Json]:
    def change(api: Api, id_: str) -> Json:
        changed: Json = api.request("PATCH", f"/api/memories/{id_}", body=body).body
        return changed

    return change


def change_each(
    place: Place,
    given: Sequence[str],
    done: str,
    change: Callable[[Api, str], Json],
    *,
    find: Callable[[Api, str], str] = rest.memory_id,
    as_json: bool,
) -> None:
    """Change memories and print them; nothing is changed if one of the ids is none."""
    changed = []
    with rest.opened(place) as api:
        ids = [find(api, each) for each in given]
        for id_ in ids:
            changed.append(change(api, id_))
            if not as_json:
                _print_done(done, changed[-1])
    if as_json:
        console.json(
            changed[0] if len(given) == 1 else {"memories": changed, "count": len(changed)}
        )


def _print_done(done: str, memory: Json) -> None:
    name = rest.title_of(memory)
    console.line(("✓ ", "green"), f"{done} ", (memory["id"], "bold"), f"  {name}")
    if memory.get("lostKey"):
        console.note(f"another memory has its key {memory['lostKey']} now; it has none.")


def standard_input() -> str:
    """Return all of standard input. Raises InvalidField when it is not UTF-8."""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InvalidField("text", "standard input is not UTF-8 text") from error


def _print_stored(api: Api, stored: Json, outcome: str) -> None:
    console.line(("✓ ", "green"), "Stored ", (stored["id"], "bold"), outcome)
    if stored.get("duplicateOf"):
        console.note(f"{stored['duplicateOf']} already has exactly this text; both are kept.")
    note_secrets(stored)
    pending = _pending_work(stored)
    if pending and _has_worker(api):
        console.line((f"  {pending} in the background.", "dim"))
    elif pending:
        console.note(f"{pending} once `memorizer start` or `memorizer worker` runs.")


def note_secrets(written: Json) -> None:
    """Say that what was stored looks like a secret."""
    if kinds := written.get("secretsFound"):
        console.note(
            f"it held what looks like a secret ({', '.join(kinds)}). "
            "`memorizer secrets list` shows where secrets are stored, and how to remove them."
        )


def _has_worker(api: Api) -> bool:
    """Whether a worker is alive, as far as the token may know that."""
    try:
        return bool(api.get("/api/admin/workers")["count"])
    except RequestRefused:
        return True


def _pending_work(stored: Json) -> str:
    """Return what background jobs will do for the new memory; empty if nothing."""
    match "titleJobId" in stored, stored["embeddingStatus"] == "pending":
        case True, True:
            return "Its title will be written and its meaning indexed"
        case True, False:
            return "Its title will be written"
        case False, True:
            return "Its meaning will be indexed"
        case _:
            return ""
