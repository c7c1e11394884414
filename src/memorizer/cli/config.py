"""Load settings from the environment and a command's options, with errors that name a remedy."""

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

TEST_PREFIX = "MEMORIZER_TEST_"
"""Prefix of the test suite's variables, which are no settings."""


def load(**options: Any) -> Settings:
    """Load the settings; options that are not None take precedence. Raises Misconfigured."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [_problem(given, details["loc"][0], details) for details in error.errors()]
        raise Misconfigured("; ".join(problems)) from error


def open_data_dir(data_dir: Path) -> None:
    """Create the directory if needed, and check that it is private. Raises Misconfigured."""
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


def _deny_writes_by_others(data_dir: Path) -> None:
    """Remove the write permission of other users: they could replace the database.

    Raises Misconfigured if that is impossible, or if the directory is shared on purpose.
    """
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


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """Return an error for each variable that looks like a setting but is none."""
    known = [variable(name) for name in Settings.model_fields]
    return [
        f"{name} is not a setting.{_suggestion(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not name.startswith(TEST_PREFIX)
    ]


def _problem(given: Mapping[str, object], field: int | str, details: Mapping[str, Any]) -> str:
    """Describe one invalid value, under the name by which it was given."""
    name = str(field)
    where = f"--{name.replace('_', '-')}" if name in given else variable(name)
    reason = re.sub(r"^Value error, |, unable to .*$", "", details["msg"])
    reason = reason.replace("Input should", "it should")
    return f"{where} is {str(details['input'])!r}: {reason}"


def _suggestion(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""
