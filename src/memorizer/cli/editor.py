"""`memorizer edit`: fields by options, or the text in the user's editor."""

import os
import shlex
import subprocess
from http import HTTPStatus
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Final

import typer

from memorizer.cli import console, memories, rest
from memorizer.cli.options import AsJson, DataDir, MemoryId, Server, Workspace
from memorizer.cli.rest import Api, Json, Place, RequestRefused
from memorizer.domain.errors import MemorizerError, Misconfigured

VARIABLES: Final = ("VISUAL", "EDITOR")
USUAL: Final = "notepad" if os.name == "nt" else "vi"


def edit(
    given: MemoryId,
    *,
    text: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The new text, or - to read standard input."),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="The new title; an empty one lets a job write it."),
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="The new type.")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="SOURCE", help="The new source.")] = None,
    confidence: Annotated[
        float | None, typer.Option(metavar="0..1", help="How certain it is, from 0 to 1.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The new key; an empty one takes it away.")
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only if this is still the current version."),
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Change a memory in a new version; without options, its text in your editor.

    The editor is that of VISUAL or EDITOR. If somebody else changes the memory meanwhile, nothing
    is overwritten and your text is kept in a file.
    """
    change: Json = {
        "text": memories.standard_input() if text == memories.STDIN else text,
        "type": type_,
        "source": source,
        "confidence": confidence,
    }
    change = {name: value for name, value in change.items() if value is not None}
    change |= {
        name: value or None for name, value in (("title", title), ("key", key)) if value is not None
    }
    with rest.opened(Place(data_dir, server, workspace)) as api:
        id_ = rest.memory_id(api, given)
        if change:
            path = f"/api/memories/{id_}"
            changed = api.request("PATCH", path, body=change, version=version).body
            is_changed = True
        else:
            changed, is_changed = _edit_text(api, id_, version)
    if as_json:
        console.json(changed)
    elif is_changed:
        console.success(f"{id_} is now version {changed['version']}")
        memories.note_secrets(changed)
    else:
        console.line("Nothing was changed.")


def _edit_text(api: Api, id_: str, version: int | None) -> tuple[Json, bool]:
    """Let the user edit the text; return the memory, and whether it was changed.

    Whatever goes wrong after the edit, the text stays in a file that the error names. Raises
    Misconfigured, RequestRefused.
    """
    path = f"/api/memories/{id_}"
    memory: Json = api.get(path)
    draft = _draft(memory["text"])
    try:
        _run_editor(draft)
        text = _read(draft, memory["text"])
        if text != memory["text"]:
            expected = version or memory["version"]
            changed: Json = api.request("PATCH", path, body={"text": text}, version=expected).body
            memory, is_changed = changed, True
        else:
            is_changed = False
    except MemorizerError as error:
        if draft.read_bytes() != memory["text"].encode():
            raise Misconfigured(_kept(error, id_, memory["version"], draft)) from error
        draft.unlink()
        raise
    draft.unlink()
    return memory, is_changed


def _draft(text: str) -> Path:
    """Write the text to a file that only this user may read."""
    with NamedTemporaryFile("wb", prefix="memory-", suffix=".md", delete=False) as draft:
        draft.write(text.encode())
    return Path(draft.name)


def _run_editor(draft: Path) -> None:
    """Wait until the editor is closed. Raises Misconfigured."""
    named = next(filter(None, map(os.environ.get, VARIABLES)), USUAL)
    try:
        ended = subprocess.run([*shlex.split(named), str(draft)], check=False)  # noqa: S603
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"The editor {named!r} cannot be started: {error}. Set EDITOR, or give the text with "
            "--text."
        ) from error
    if ended.returncode:
        raise Misconfigured(
            f"The editor {named!r} ended with exit code {ended.returncode}; nothing was changed."
        )


def _read(draft: Path, before: str) -> str:
    """Return the edited text, without the end of line that editors add. Raises Misconfigured."""
    try:
        text = draft.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"The edited text cannot be read: {error}.") from error
    return text if before.endswith("\n") else text.removesuffix("\n")


def _kept(error: MemorizerError, id_: str, version: int, draft: Path) -> str:
    """Say why the text was not stored, and where it is."""
    where = f"Your text is in {draft}"
    if isinstance(error, RequestRefused) and error.status == HTTPStatus.CONFLICT:
        return (
            f"Somebody else changed {id_} while you edited version {version}, so nothing was "
            f"overwritten. {where}; `memorizer diff {id_} {version}` shows the other change, and "
            f"`memorizer edit {id_} --text - < {draft}` stores yours."
        )
    return (
        f"{str(error).rstrip('.')}. {where}; `memorizer edit {id_} --text - < {draft}` stores it."
    )
