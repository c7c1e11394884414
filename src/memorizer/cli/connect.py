"""`memorizer connect`: enters Memorizer into the configuration of a coding agent, or removes it."""

import os
import shutil
import sys
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from memorizer.cli import client_config, console
from memorizer.cli.client_config import CLIENTS, FileChange, Server
from memorizer.cli.client_hooks import HookCommand
from memorizer.cli.options import DataDir, Yes
from memorizer.domain.errors import Misconfigured

NEW_FILE_MODE = 0o600
"""Such files hold tokens of other servers."""
CLIENT_NAMES = ", ".join(each.name for each in CLIENTS)


def connect(  # noqa: PLR0917 - options of a command are named
    name: Annotated[
        str,
        typer.Argument(metavar="CLIENT", help=f"One of {CLIENT_NAMES}.", show_default=False),
    ],
    data_dir: DataDir = None,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Connect to this running server instead of starting a command, for example "
            "http://localhost:5000.",
        ),
    ] = None,
    token_variable: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Environment variable that holds the token for --server, for example "
            "MEMORY_TOKEN.",
        ),
    ] = None,
    hooks: Annotated[
        bool,
        typer.Option(
            "--hooks",
            metavar="",
            help="Let the client ask for memories at the start of a session and with each prompt.",
        ),
    ] = False,
    workspace: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Work in this workspace alone; `auto` is that of the folder the client works in.",
            show_default=False,
        ),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", metavar="", help="Remove Memorizer from the client.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Show the change, and make none.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Connect a coding agent: edit the client's own configuration file, after showing the change.

    Whatever else the file holds stays as it is; a second run changes nothing.
    """
    client = client_config.client(name)
    places = _places(data_dir, workspace)
    if remove:
        found = client.disconnected()
    else:
        wanted = _server(places, server, token_variable)
        found = client.connected(wanted, _hook(places, server) if hooks else None)
    changes = [change for change in found if change.before != change.after]
    if not changes:
        state = "not connected" if remove else "connected already"
        files = " and ".join(str(change.path) for change in found)
        console.note(f"{client.title} is {state}: {files} stays as it is.")
        return
    for change in changes:
        _show(change)
    if dry_run:
        return
    if not yes and not typer.confirm("Make this change?", default=True, err=True):
        raise typer.Exit(1)
    for change in changes:
        _write(change)
    done = "no longer knows Memorizer" if remove else "is connected"
    console.success(f"{client.title} {done}. {'' if remove else client.next_step}".strip())
    if hooks and not remove and client.hooks is not None and client.hooks.next_step:
        console.note(client.hooks.next_step)


def command_line() -> tuple[str, ...]:
    """Return the full path of this command, for clients that start it without a shell."""
    started = Path(sys.argv[0])
    if started.stem in {"memorizer", "memorizer-server"}:
        found = shutil.which(str(started)) or shutil.which(started.name)
        if found is not None:
            return (os.path.abspath(found),)  # noqa: PTH100 - a link must stay one
    return (sys.executable, "-m", "memorizer")


def _places(data_dir: Path | None, workspace: str | None) -> tuple[str, ...]:
    """Return the options that name data directory and workspace, for a command run anywhere."""
    directory = data_dir or os.environ.get("MEMORIZER_DATA_DIR")
    place = ("--data-dir", str(Path(directory).expanduser().absolute())) if directory else ()
    return (*place, *(("--workspace", workspace) if workspace else ()))


def _hook(places: tuple[str, ...], url: str | None) -> HookCommand:
    """Return the command of hooks."""
    if url is not None:
        raise Misconfigured(
            "--hooks find the server that runs on this machine's data directory; leave out "
            "--server, or --hooks."
        )
    return HookCommand(command_line(), places)


def _server(places: tuple[str, ...], url: str | None, token_variable: str | None) -> Server:
    if url is None:
        if token_variable:
            raise Misconfigured("--token-variable belongs to --server; a command needs no token.")
        return Server((*command_line(), "mcp", *places))
    if "--workspace" in places:
        raise Misconfigured(
            "--workspace belongs to a command. A server has an address for each workspace: "
            "--server URL/mcp/acme/billing-api, or a token that is bound to it."
        )
    if not url.startswith(("http://", "https://")):
        raise Misconfigured(f"--server is {url!r}: it should begin with http:// or https://.")
    return Server(url=f"{url.rstrip('/').removesuffix('/mcp')}/mcp", token_variable=token_variable)


def _show(change: FileChange) -> None:
    before = (change.before or "").splitlines(keepends=True)
    after = (change.after or "").splitlines(keepends=True)
    old = str(change.path) if change.before is not None else "(no file)"
    new = str(change.path) if change.after is not None else "(no file)"
    for line in unified_diff(before, after, old, new):
        print(line.rstrip("\n"))


def _write(change: FileChange) -> None:
    """Replace the file in one step; a link stays a link. Raises Misconfigured."""
    try:
        path = change.path.resolve()
        if change.after is None:
            path.unlink()
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else NEW_FILE_MODE
        with NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, delete=False
        ) as draft:
            draft.write(change.after)
        os.chmod(draft.name, mode)  # noqa: PTH101
        Path(draft.name).replace(path)
    except OSError as error:
        raise Misconfigured(f"{change.path} cannot be written: {error.strerror}.") from error
