"""Where settings come from besides options: `MEMORIZER_*` variables and TOML files.

The standard library only: `memorizer mcp`, hooks and commands beside a running server must answer
at once, and importing Settings takes a quarter of a second.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from memorizer.domain.errors import Misconfigured

PREFIX: Final = "MEMORIZER_"
FILE: Final = "memorizer.toml"
FILE_VARIABLE: Final = "MEMORIZER_CONFIG"
"""Names the one file to read."""
SERVER_VARIABLE: Final = "MEMORIZER_SERVER"
TOKEN_VARIABLE: Final = "MEMORIZER_TOKEN"  # noqa: S105 - the name of a variable
CLIENT_VARIABLES: Final = (FILE_VARIABLE, SERVER_VARIABLE, TOKEN_VARIABLE)
"""Variables that are no settings of a server."""
DEFAULT_DATA_DIR: Final = "~/.memorizer"
PATH_SUFFIX: Final = "_dir"
"""How the names of settings end that are paths; in a file they are relative to its folder."""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file of settings, by their names in lower case without prefix."""

    path: Path
    values: Mapping[str, Any]


def variable_value(name: str) -> str | None:
    """Return what a setting's environment variable holds; None if it is missing or empty."""
    return os.environ.get(PREFIX + name.upper()) or None


def files(data_dir: Path | None = None) -> list[ConfigFile]:
    """Return the files that exist, the more important ones last. Raises Misconfigured.

    That of MEMORIZER_CONFIG alone, or that of the user and that in the data directory.
    """
    if named := os.environ.get(FILE_VARIABLE):
        path = _expanded(named)
        if not path.is_file():
            raise Misconfigured(f"{FILE_VARIABLE} is {named!r}: there is no such file.")
        return [_read(path)]
    users = _read_if_there(user_file())
    directory = _data_dir(data_dir, users)
    own = _read_if_there(directory / FILE)
    if own and "data_dir" in own[0].values:
        raise Misconfigured(
            f"data_dir in {own[0].path}: a file in the data directory cannot name another one. "
            f"Set it in {user_file()} or with {PREFIX}DATA_DIR."
        )
    return [*users, *own]


def user_file() -> Path:
    """Return where the user's own file is, whether it exists or not."""
    if sys.platform == "win32":
        folder = os.environ.get("APPDATA") or "~/AppData/Roaming"
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return _expanded(folder) / "memorizer" / FILE


def data_dir_of(given: Path | None) -> Path:
    """Return the data directory: as given, or as configured. Raises Misconfigured."""
    if given is not None or variable_value("data_dir"):
        return _data_dir(given, [])
    if os.environ.get(FILE_VARIABLE):
        return _data_dir(None, files())
    return _data_dir(None, _read_if_there(user_file()))


def value_of(name: str, data_dir: Path | None = None) -> str | None:
    """Return a setting that is a text, without checking it. Raises Misconfigured."""
    if (found := variable_value(name)) is not None:
        return found
    values = [file.values[name] for file in files(data_dir) if name in file.values]
    return str(values[-1]) if values else None


def _data_dir(given: Path | None, configured: list[ConfigFile]) -> Path:
    named = given or variable_value("data_dir")
    in_file = configured[-1].values.get("data_dir") if configured else None
    return _expanded(named or in_file or DEFAULT_DATA_DIR)


def _expanded(path: str | Path) -> Path:
    """Return a path with the home directory for `~`; Settings refuse what is none."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path.expanduser raises RuntimeError


def _read_if_there(path: Path) -> list[ConfigFile]:
    try:
        return [_read(path)] if path.is_file() else []
    except OSError:  # a folder that this user may not look into
        return []


def _read(path: Path) -> ConfigFile:
    import tomllib  # only where there is a file

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise Misconfigured(f"{path} cannot be read as TOML: {error}.") from error
    placed = {name: _placed(path, name, value) for name, value in values.items()}
    return ConfigFile(path, placed)


def _placed(file: Path, name: str, value: Any) -> Any:
    """Return a value; a relative path is taken from the file's folder."""
    if name.endswith(PATH_SUFFIX) and isinstance(value, str):
        return str(file.absolute().parent / _expanded(value))
    return value
