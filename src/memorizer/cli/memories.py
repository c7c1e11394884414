"""`memorizer add`, `pin` and `unpin`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import AsJson, DataDir, MemoryIds, Workspace, metadata_of, when
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import Content, EmbeddingStatus
from memorizer.domain.metadata import Metadata
from memorizer.domain.validity import Times

if TYPE_CHECKING:
    from pathlib import Path

    from memorizer.domain.memories import Memory
    from memorizer.services import Services
    from memorizer.services.keyed_memories import StoredItem

STDIN = "-"
MAX_NAME_COLUMNS = 50


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
    workspace: Workspace = None,
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
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Store a memory."""
    from memorizer.services.keyed_memories import NewItem

    content = Content(
        text=_standard_input() if text == STDIN else text,
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

    async def store(services: "Services") -> "tuple[StoredItem, bool]":
        item = NewItem(content, key, replaces=tuple(replaces or ()))
        return await services.keyed.put(item, actor="cli"), bool(await services.jobs.workers())

    stored, has_worker = session.open_memories(data_dir, workspace, store, create=True)
    if as_json:
        _print_stored_json(stored)
    else:
        _print_stored(stored, has_worker=has_worker)


def pin(ids: MemoryIds, data_dir: DataDir = None) -> None:
    """Pin memories: every context of an agent begins with them."""
    _pin(ids, data_dir, pinned=True)


def unpin(ids: MemoryIds, data_dir: DataDir = None) -> None:
    """Unpin memories."""
    _pin(ids, data_dir, pinned=False)


def _pin(ids: list[str], data_dir: "Path | None", *, pinned: bool) -> None:
    async def change(services: "Services") -> "list[Memory]":
        return [
            await services.memories.update(id_, lambda content: content, actor="cli", pinned=pinned)
            for id_ in ids
        ]

    for memory in session.open_existing(data_dir, change):
        name = console.cut(memory.content.title or memory.content.text, MAX_NAME_COLUMNS).plain
        done = "Pinned " if pinned else "Unpinned "
        console.line(("✓ ", "green"), done, (memory.id, "bold"), f"  {name}")


def _standard_input() -> str:
    """Return all of standard input. Raises InvalidField when it is not UTF-8."""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise InvalidField("text", "standard input is not UTF-8 text") from error


def _print_stored_json(stored: "StoredItem") -> None:
    from memorizer.http.routes.memories_schemas import StoredMemory

    reply = StoredMemory.of(
        stored.require(), title_job_id=stored.title_job_id, duplicate_of=stored.duplicate_of
    )
    console.json_line(reply.model_dump_json(by_alias=True))


def _print_stored(stored: "StoredItem", *, has_worker: bool) -> None:
    from memorizer.services.keyed_memories import StoreOutcome

    memory = stored.require()
    said = {
        StoreOutcome.UPDATED: f", now version {memory.version}",
        StoreOutcome.UNCHANGED: " already",
    }
    console.line(("✓ ", "green"), "Stored ", (memory.id, "bold"), said.get(stored.outcome, ""))
    if stored.duplicate_of:
        console.note(f"{stored.duplicate_of} already has exactly this text; both are kept.")
    pending = _pending_work(stored)
    if pending and has_worker:
        console.line((f"  {pending} in the background.", "dim"))
    elif pending:
        console.note(f"{pending} once `memorizer start` or `memorizer worker` runs.")


def _pending_work(stored: "StoredItem") -> str:
    """Return what background jobs will do for the new memory; empty if nothing."""
    is_pending = stored.require().embedding_status is EmbeddingStatus.PENDING
    match stored.title_job_id is not None, is_pending:
        case True, True:
            return "Its title will be written and its meaning indexed"
        case True, False:
            return "Its title will be written"
        case False, True:
            return "Its meaning will be indexed"
        case _:
            return ""
