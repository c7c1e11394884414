"""What one command works with: its settings, its data directory and the services.

Every command imports this module, so that what is slow to import waits for a call.
"""

import os
import re
import stat
from collections.abc import Awaitable, Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from memorizer.cli import config, console, workspace_detection
from memorizer.domain.errors import Misconfigured, NotFound

if TYPE_CHECKING:
    from memorizer.services import Services
    from memorizer.settings import Settings

TEST_PREFIX = "MEMORIZER_TEST_"
"""Prefix of the test suite's variables, which are no settings."""

DEFAULT = "default"
"""Where a setting comes from that nobody set."""

T = TypeVar("T")
ServicesFunction = Callable[["Services"], Awaitable[T]]


def load_settings(**options: Any) -> "Settings":
    """Load the settings; options that are not None take precedence. Raises Misconfigured."""
    return load_settings_with_sources(**options)[0]


def load_settings_with_sources(**options: Any) -> "tuple[Settings, dict[str, str]]":
    """Load the settings, and say where each comes from: DEFAULT, an option, a variable, a file.

    Raises Misconfigured.
    """
    from pydantic import ValidationError

    from memorizer.settings import Settings, variable

    given = {name: value for name, value in options.items() if value is not None}
    in_files = _configured(config.files(given.get("data_dir")))
    in_variables = [name for name in Settings.model_fields if config.variable_value(name)]
    sources = dict.fromkeys(Settings.model_fields, DEFAULT)
    sources |= {name: str(path) for name, (_, path) in in_files.items()}
    sources |= {name: variable(name) for name in in_variables}
    sources |= {name: f"--{name.replace('_', '-')}" for name in given}
    values = {name: value for name, (value, _) in in_files.items() if name not in in_variables}
    try:
        return Settings(**values | given), sources
    except ValidationError as error:
        places = sources | {
            name: f"{name} in {in_files[name][1]}" for name in values.keys() - given
        }
        problems = [_problem(places, details["loc"][0], details) for details in error.errors()]
        raise Misconfigured("; ".join(problems)) from error


def _configured(files: "Sequence[config.ConfigFile]") -> "dict[str, tuple[Any, Path]]":
    """Return what files set, and which file it was. Raises Misconfigured for an unknown name."""
    from memorizer.settings import Settings

    known = list(Settings.model_fields)
    for file in files:
        for name in file.values.keys() - known:
            raise Misconfigured(
                f"{name} in {file.path} is not a setting.{_suggestion(name, known)}"
            )
    return {name: (value, file.path) for file in files for name, value in file.values.items()}


def open_data_dir(data_dir: Path) -> None:
    """Create the directory if needed, and check that it is private. Raises Misconfigured."""
    from memorizer.settings import variable

    remedy = f"Choose another one with --data-dir or {variable('data_dir')}."
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Misconfigured(f"{error.filename} is a file, not a directory. {remedy}") from error
    except OSError as error:
        raise Misconfigured(f"Cannot create {data_dir}: {error.strerror}. {remedy}") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise Misconfigured(
            f"You cannot write to the data directory {data_dir}. "
            f"If it is yours, run `chmod u+rwx '{data_dir}'`. {remedy}"
        )
    if os.name == "posix":
        _deny_writes_by_others(data_dir)


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """Return an error for each variable that looks like a setting but is none."""
    from memorizer.settings import PREFIX, Settings, variable

    known = [*map(variable, Settings.model_fields), *config.CLIENT_VARIABLES]
    return [
        f"{name} is not a setting.{_suggestion(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not name.startswith(TEST_PREFIX)
    ]


def open_or_create(data_dir: Path | None, function: ServicesFunction[T]) -> T:
    """Run `function`; create the data directory if it is missing."""
    return run(settings_to_open(data_dir, create=True), function)


def open_existing(data_dir: Path | None, function: ServicesFunction[T]) -> T:
    """Run `function` on an existing data directory. Raises Misconfigured if there is none."""
    return run(existing_settings(data_dir), function)


def open_memories(
    data_dir: Path | None,
    workspace: str | None,
    function: ServicesFunction[T],
    *,
    create: bool = False,
    is_dry_run: bool = False,
    with_worker: bool = False,
) -> T:
    """Run `function` on the memories of a workspace; all others are out of its sight.

    `workspace` is what `--workspace` says; without it MEMORIZER_WORKSPACE counts. With `create`, a
    missing data directory is created, and a missing workspace that `auto` means; a dry run
    pretends that they are there. `with_worker`: as `open_with_worker`. Raises Misconfigured,
    InvalidField, NotFound.
    """
    if create and is_dry_run and load_settings(data_dir=data_dir).has_no_store:
        return _in_empty_store(workspace, function)
    settings = settings_to_open(data_dir, workspace, create=create)
    wanted = workspace_detection.chosen(settings.workspace, Path.cwd())
    is_auto = settings.workspace == workspace_detection.AUTO

    async def narrowed(services: "Services") -> T:
        if wanted is None:
            return await function(services)
        if is_auto and create and is_dry_run:
            return await function(await services.pretending(wanted))
        return await function(await _narrowed(services, wanted, is_auto=is_auto, create=create))

    return run(settings, narrowed, with_worker=with_worker)


def _in_empty_store(workspace: str | None, function: ServicesFunction[T]) -> T:
    """Run `function` where nothing is stored yet, and leave nothing behind."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="memorizer-dry-run-") as empty:
        return open_memories(Path(empty), workspace, function, create=True)


def open_with_worker(data_dir: Path | None, function: ServicesFunction[T]) -> T:
    """Like `open_existing`, with a worker in this process if no other worker is alive."""
    return run(existing_settings(data_dir), function, with_worker=True)


def existing_settings(data_dir: Path | None) -> "Settings":
    """Load the settings of an existing data directory. Raises Misconfigured if there is none."""
    return settings_to_open(data_dir, create=False)


def settings_to_open(
    data_dir: Path | None, workspace: str | None = None, *, create: bool
) -> "Settings":
    """Load the settings, and check the data directory.

    With `create` a missing one is created; otherwise raises Misconfigured.
    """
    settings = load_settings(data_dir=data_dir, workspace=workspace)
    if not create and not settings.data_dir.exists():
        raise Misconfigured(
            f"There is nothing in {settings.data_dir} yet. "
            'Start with `memorizer start`, or `memorizer add "something worth knowing"`.'
        )
    open_data_dir(settings.data_dir)
    return settings


def run(settings: "Settings", function: ServicesFunction[T], *, with_worker: bool = False) -> T:
    """Open the services, run `function`, close them."""
    import asyncio

    from memorizer.cli import logs

    logs.configure("warning", settings.log_format)
    return asyncio.run(_run(settings, function, with_worker=with_worker))


async def _run(settings: "Settings", function: ServicesFunction[T], *, with_worker: bool) -> T:
    from memorizer.bootstrap import open_services, running

    async with open_services(settings) as container:
        if not with_worker or await container.services.jobs.workers():
            return await function(container.services)
        console.note(
            "No worker is running: this command runs the job itself. Press Ctrl-C to pause it."
        )
        async with running(container.worker):
            return await function(container.services)


async def _narrowed(
    services: "Services", wanted: str, *, is_auto: bool, create: bool
) -> "Services":
    """Return the services of a workspace; of nothing where this folder's does not exist yet."""
    from memorizer.domain.workspaces import WorkspaceScope

    if is_auto and create:
        await services.workspaces.ensure(wanted, actor="cli")
    try:
        return await services.focused(wanted)
    except NotFound:
        if not is_auto:
            raise
    console.note(f"nothing was stored yet in {wanted}, the workspace of this folder.")
    return services.showing(WorkspaceScope())


def _deny_writes_by_others(data_dir: Path) -> None:
    """Remove the write permission of other users: they could replace the database.

    Raises Misconfigured if that is impossible, or if the directory is shared on purpose.
    """
    from memorizer.settings import variable

    facts = data_dir.stat()
    if not facts.st_mode & stat.S_IWOTH:
        return
    is_shared = facts.st_mode & stat.S_ISVTX  # as /tmp is
    if facts.st_uid == os.geteuid() and not is_shared:
        data_dir.chmod(stat.S_IMODE(facts.st_mode) & ~stat.S_IWOTH)
        if not data_dir.stat().st_mode & stat.S_IWOTH:  # some file systems ignore it
            console.note(f"Other users could write to {data_dir}; this is now denied (chmod o-w).")
            return
    raise Misconfigured(
        f"Every user of this machine can write to the data directory {data_dir}. They could "
        "replace your memories or impersonate the server. Choose a directory that only Memorizer "
        f"uses, such as {data_dir / 'memorizer'}, with --data-dir or {variable('data_dir')}."
    )


def _problem(places: Mapping[str, str], field: int | str, details: Mapping[str, Any]) -> str:
    """Describe one invalid value, with the place where it was given."""
    where = places.get(str(field), str(field))
    reason = re.sub(r"^Value error, |, unable to .*$", "", details["msg"])
    reason = reason.replace("Input should", "it should")
    return f"{where} is {str(details['input'])!r}: {reason}"


def _suggestion(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""
