"""Draws pages of docs/reference from the code: `python -m memorizer.cli.reference docs/reference`.

A test compares the pages with what this draws, so they cannot go stale.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from memorizer.cli.main import app
from memorizer.domain.auth import Scope
from memorizer.http.app import create_app
from memorizer.http.permissions import AccessLevel, needs
from memorizer.mcp.tools import GROUPS
from memorizer.settings import Settings, variable

GENERATED = "<!-- drawn by `python -m memorizer.cli.reference docs/reference`; do not edit -->"


def pages() -> dict[str, str]:
    """Each page by its file name."""
    return {"settings.md": _settings(), "cli.md": _commands(), "access.md": _access()}


def _settings() -> str:
    rows = [
        (f"`{variable(name)}`", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Memorizer reads its settings once, at start, from environment variables. "
        "Where a command has an option of the same name, the option counts more. "
        "A value that cannot be right is refused with one line that names the variable; "
        "`memorizer doctor` also finds misspelt names.",
        *_table(("Variable", "Default", "Meaning"), rows),
    )


def _commands() -> str:
    root = typer.main.get_command(app)
    return _page(
        "Command line",
        "Every command works straight on the data directory; it needs no running server, and "
        "any number of them may run beside one. Results go to standard output, remarks and "
        "errors to standard error. The exit code is 0 when it worked, 1 when it did not, "
        "2 when the command was not understood, 130 after Ctrl-C. `--help` (`-h`) explains each.",
        *_command(root, "memorizer"),
    )


def _access() -> str:
    paths = create_app().openapi()["paths"]
    doors = [(path, method.upper()) for path, methods in paths.items() for method in methods]
    routes = [
        (f"`{method} {path}`", _needed(needs(method, path))) for path, method in sorted(doors)
    ]
    tools = [(f"`{tool.name}`", f"`{tool.scope}`") for tool in GROUPS["all"]]
    return _page(
        "Who may do what",
        "Where tokens are needed ([the guide](../guides/access.md) says where that is), a route "
        "wants a token of at least this scope; `write` includes `read`, and `admin` includes both. "
        "“Nothing” is open to strangers; “anything” too, but who it is decides what they hear.",
        *_table(("Route", "Needs"), routes),
        "The web page's files, `/docs` and `/openapi.json` need nothing. `/mcp` needs `read`; "
        "each tool then asks for its own:",
        *_table(("Tool", "Needs"), tools),
    )


def _needed(needed: Scope | AccessLevel) -> str:
    match needed:
        case Scope():
            return f"`{needed}`"
        case AccessLevel.PUBLIC:
            return "nothing"
        case AccessLevel.ANYONE:
            return "anything"


def _command(command: Any, path: str) -> Iterator[str]:
    """A section per command, in the order of --help."""
    inner = getattr(command, "commands", {})
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    words = [path, *(f"[{a.metavar}]" if not a.required else a.metavar for a in arguments)]
    if inner:
        words.append("COMMAND")
    yield f"## `{' '.join(words)}`"
    yield command.help
    rows = [(f"`{a.metavar}`", a.help) for a in arguments]
    rows += [(f"`{_usage(o)}`", _help(o)) for o in options]
    yield from _table(("Argument or option", "Meaning"), rows) if rows else ()
    for name, child in inner.items():
        yield from _command(child, f"{path} {name}")


def _usage(option: Any) -> str:
    names = ", ".join(sorted(option.opts, key=len, reverse=True))
    return f"{names} {option.metavar}" if option.metavar else names


def _help(option: Any) -> str:
    repeated = option.default is None or option.default is False
    return option.help if repeated else f"{option.help} Default: `{option.default}`."


def _default(value: object) -> str:
    match value:
        case None | ():
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case _:
            return f"`{value}`"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """One Markdown table, as a single block."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _page(title: str, *blocks: str) -> str:
    return "\n\n".join([f"# {title}", GENERATED, *blocks]) + "\n"


def main(directory: Path) -> None:
    """Write the pages."""
    for name, text in pages().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
