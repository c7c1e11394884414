"""`edit`, `update_metadata`, `delete` and `revert_to_version`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from memorizer.domain.editing import replaced
from memorizer.domain.errors import MemorizerError, NotFound
from memorizer.domain.memories import Content, Memory
from memorizer.domain.secrets import kinds_in
from memorizer.domain.validity import NAMES
from memorizer.mcp.arguments import (
    NO_WORDS,
    Arguments,
    EndTime,
    Id,
    Ids,
    InvalidArguments,
    Metadata,
    Time,
    Words,
)
from memorizer.mcp.results import Result, SecretsFound, secrets_remark
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool
from memorizer.mcp.tools.history import no_version

SHOWN = 200
"""Characters of a text that are shown when an edit finds no place in it."""


PINNED: Final = "pinned"
EMPTY: Final[Mapping[str, object]] = {
    "title": None,
    "tags": (),
    "confidence": 0.0,
    "metadata": {},
    "validUntil": None,
    "reviewAt": None,
}
"""The fields that `clear` empties; without a title, a job writes one."""

TIMES: Final = ("valid_until", "review_at")
TIMES_BY_NAME: Final = {NAMES[name]: name for name in TIMES}


class Changed(Result):
    """A memory's version after a call, and whether it is new."""

    id: str
    version: int
    changed: bool
    secrets_found: SecretsFound = None


class NoSuchText(MemorizerError):
    """The text to be replaced is not there."""

    def __init__(self, wanted: str, present: str) -> None:
        asked = wanted if len(wanted) <= SHOWN else f"{wanted[:SHOWN]}…"
        start = present if len(present) <= SHOWN else f"{present[:SHOWN]}…"
        super().__init__(
            f"old_text was not found; it must match exactly, case and spaces included.\n"
            f"old_text ({len(wanted)} characters): {asked}\n"
            f"The memory begins ({len(present)} characters in all): {start}\n"
            "Use get first, and copy old_text from its text."
        )


class Edit(Arguments):
    """A replacement in a memory's text."""

    model_config = ConfigDict(alias_generator=None)

    id: Annotated[Id, Field(description="The memory's id")]
    old_text: Annotated[str, Field(description="Exact text to replace")]
    new_text: Annotated[str, Field(description="What to put there; may be empty")]
    replace_all: Annotated[bool, Field(description="All occurrences, not just the first")] = False
    replaces: Annotated[Ids, Field(description="Ids of outdated memories")] = NO_WORDS


class Edited(Changed):
    """What an edit did."""

    replaced: int
    occurrences: int


@tool("Edit a memory's text", ToolAnnotation.ADDS)
async def edit(call: ToolContext, wanted: Edit) -> Edited:
    """Replace exact text in a memory, as a new version. Shorter than storing it again."""
    if not wanted.old_text:
        raise InvalidArguments("old_text is empty: name the text to replace. Use get to see it.")
    occurrences = 0

    def revision(old: Content) -> Content:
        nonlocal occurrences
        most = -1 if wanted.replace_all else 1
        text, occurrences = replaced(old.text, wanted.old_text, wanted.new_text, most=most)
        if not occurrences:
            raise NoSuchText(wanted.old_text, old.text)
        return replace(old, text=text)

    memory = await call.services.memories.update(
        wanted.id, revision, actor=call.actor, replaces=wanted.replaces
    )
    return _edited(wanted, memory, occurrences)


def _edited(wanted: Edit, memory: Memory, occurrences: int) -> Edited:
    changed = wanted.old_text != wanted.new_text
    replaced = (occurrences if wanted.replace_all else 1) if changed else 0
    if not changed:
        message = f"old_text and new_text are the same: no changes, still version {memory.version}."
    else:
        message = f"Replaced {replaced} of {occurrences}; now version {memory.version}."
    if changed and replaced < occurrences:
        message += (
            f" Warning: old_text occurs {occurrences} times and only the first was changed; "
            "replace_all=true changes all."
        )
    secrets = kinds_in([wanted.new_text])
    message += secrets_remark(secrets)
    return Edited(
        message=message,
        id=memory.id,
        version=memory.version,
        changed=changed,
        replaced=replaced,
        occurrences=occurrences,
        secrets_found=list(secrets) or None,
    )


class UpdateMetadata(Arguments):
    """What is said about a memory, beside its text."""

    id: Annotated[Id, Field(description="The memory's id")]
    title: Annotated[str | None, Field(description="New title")] = None
    type: Annotated[str | None, Field(description="New type")] = None
    tags: Annotated[Words | None, Field(description="New tags, instead of the old")] = None
    confidence: Annotated[float | None, Field(ge=0, le=1, description="New confidence")] = None
    metadata: Annotated[Metadata | None, Field(description="New metadata")] = None
    valid_until: Annotated[EndTime | None, Field(description="ISO date")] = None
    review_at: Annotated[Time | None, Field(description="ISO date")] = None
    pinned: Annotated[bool, Field(description="True pins it")] = False
    clear: Annotated[Words, Field(description="Names of these to empty")] = NO_WORDS


@tool("Change title, type, tags, confidence", ToolAnnotation.SETS)
async def update_metadata(call: ToolContext, wanted: UpdateMetadata) -> Changed:
    """Change these, the metadata or the times of a memory. Omitted fields stay unchanged."""
    given = wanted.model_dump(exclude={"id", "clear", "pinned"}, exclude_none=True)
    if not given.get("metadata"):  # clients that fill in everything send {}
        given.pop("metadata", None)
    given |= _cleared([name for name in wanted.clear if name != PINNED])
    # false says nothing: clients that fill in everything send it
    pinned = False if PINNED in wanted.clear else wanted.pinned or None
    if not given and pinned is None:
        raise InvalidArguments(
            "Nothing to change: give title, type, tags, confidence, metadata, pinned."
        )
    changed = False

    times = {name: given.pop(name) for name in TIMES if name in given}

    def revision(old: Content) -> Content:
        nonlocal changed
        new = replace(old, times=replace(old.times, **times), **given)
        changed = new != old
        return new

    memories = call.services.memories
    was_pinned = pinned is not None and (await memories.get(wanted.id)).is_pinned
    memory = await memories.update(wanted.id, revision, actor=call.actor, pinned=pinned)
    names = [*given, *(NAMES[name] for name in times), *([] if pinned is None else [PINNED])]
    is_repinned = pinned is not None and pinned != was_pinned
    texts = [wanted.title or "", *(wanted.tags or ()), *map(str, (wanted.metadata or {}).values())]
    done = _changed(memory, ", ".join(names), changed=changed or is_repinned)
    secrets = kinds_in(texts)
    done.message += secrets_remark(secrets)
    done.secrets_found = list(secrets) or None
    return done


def _cleared(names: list[str]) -> dict[str, object]:
    """Return the fields to empty with their empty values. Raises InvalidArguments."""
    if unknown := set(names) - set(EMPTY):
        known = ", ".join([*EMPTY, PINNED])
        raise InvalidArguments(
            f"clear takes {known}; it cannot empty {', '.join(sorted(unknown))}."
        )
    return {TIMES_BY_NAME.get(name, name): EMPTY[name] for name in names}


def _changed(memory: Memory, what: str, *, changed: bool) -> Changed:
    if changed:
        message = f"Changed {what}; now version {memory.version}."
    else:
        message = f"It is so already: no changes, still version {memory.version}."
    return Changed(message=message, id=memory.id, version=memory.version, changed=changed)


class Delete(Arguments):
    """A memory to forget."""

    id: Annotated[Id, Field(description="The memory's id")]


class Deleted(Result):
    """What is gone."""

    id: str


@tool("Delete a memory", ToolAnnotation.DESTROYS)
async def delete(call: ToolContext, wanted: Delete) -> Deleted:
    """Move a memory to the trash, where people can restore it. If only wrong, edit it instead."""
    await call.services.memories.delete(wanted.id, actor=call.actor)
    message = f"Deleted {wanted.id}. It can be restored from the trash for a while."
    return Deleted(message=message, id=wanted.id)


class Revert(Arguments):
    """A version to go back to."""

    id: Annotated[Id, Field(description="The memory's id")]
    version_number: Annotated[int, Field(ge=1, description="The version to bring back")]
    changed_by: Annotated[str | None, Field(description="Who requested it")] = None


@tool("Go back to a version", ToolAnnotation.SETS)
async def revert_to_version(call: ToolContext, wanted: Revert) -> Changed:
    """Make an old version the newest one. Nothing is lost: the present stays in the history."""
    before = await call.services.memories.get(wanted.id)
    number = wanted.version_number
    if number == before.version:
        return _unchanged(before, f"Already at version {number}.")
    try:
        reverted = await call.services.memories.revert(
            wanted.id, number, actor=call.by(wanted.changed_by)
        )
    except NotFound as error:
        if error.kind == "memory":
            raise
        raise no_version(before, number) from error
    memory = reverted.memory
    if not reverted.changed:
        return _unchanged(memory, f"Version {number} equals the present one.")
    return Changed(
        message=f"Version {number} is back, as version {memory.version}.",
        id=memory.id,
        version=memory.version,
        changed=True,
    )


def _unchanged(memory: Memory, why: str) -> Changed:
    return Changed(
        message=f"{why} No changes made.", id=memory.id, version=memory.version, changed=False
    )
