"""From the environment and a command's options to settings, with errors a person can act on."""

import os
import re
import stat
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from memorizer.cli import console
from memorizer.domain.errors import Misconfigured
from memorizer.settings import PREFIX, Settings, variable

RESERVED = "MEMORIZER_TEST_"
"""Variables of the test suite."""


def load(**options: Any) -> Settings:
    """Settings from the environment; options that were given count more. Raises Misconfigured."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [_problem(given, details["loc"][0], details) for details in error.errors()]
        raise Misconfigured("; ".join(problems)) from error


def open_data_dir(data_dir: Path) -> None:
    """Make sure that the directory exists and can be written. Raises Misconfigured."""
    remedy = f"Name another one with --data-dir or {variable('data_dir')}."
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Misconfigured(f"{error.filename} is a file, not a directory. {remedy}") from error
    except OSError as error:
        raise Misconfigured(f"Cannot make {data_dir}: {error.strerror}. {remedy}") from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise Misconfigured(
            f"The data directory {data_dir} cannot be written by you. "
            f"Run `chmod u+rwx '{data_dir}'` if it is yours. {remedy}"
        )
    if os.name == "posix":
        _close_to_others(data_dir)


def _close_to_others(data_dir: Path) -> None:
    """Let no other user write there: they could replace the database, or pose as the server.

    Raises Misconfigured where that cannot be, or where the directory is shared on purpose.
    """
    facts = data_dir.stat()
    if not facts.st_mode & stat.S_IWOTH:
        return
    is_shared = facts.st_mode & stat.S_ISVTX  # as /tmp is
    if facts.st_uid == os.geteuid() and not is_shared:
        data_dir.chmod(stat.S_IMODE(facts.st_mode) & ~stat.S_IWOTH)
        if not data_dir.stat().st_mode & stat.S_IWOTH:  # some file systems ignore it
            console.note(f"Other users could write into {data_dir}; now they cannot (chmod o-w).")
            return
    raise Misconfigured(
        f"Every user of this machine can write into the data directory {data_dir}. They could "
        "replace your memories, or pose as the server to your agents. Take a directory of "
        f"Memorizer's own, such as {data_dir / 'memorizer'}, with --data-dir or "
        f"{variable('data_dir')}."
    )


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """What to say about variables that look like settings and are none."""
    known = [variable(name) for name in Settings.model_fields]
    return [
        f"{name} is not a setting.{_suggestion(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not name.startswith(RESERVED)
    ]


def _problem(given: Mapping[str, object], field: int | str, details: Mapping[str, Any]) -> str:
    """One sentence about one wrong value, under the name by which it was given."""
    name = str(field)
    where = f"--{name.replace('_', '-')}" if name in given else variable(name)
    reason = re.sub(r"^Value error, |, unable to .*$", "", details["msg"])
    reason = reason.replace("Input should", "it should")
    return f"{where} is {str(details['input'])!r}: {reason}"


def _suggestion(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""
