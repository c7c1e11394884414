"""`memorizer token`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir
from memorizer.domain.auth import Scope, Token
from memorizer.domain.errors import InvalidField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.text import Text

    from memorizer.services import Services

FIRST_NOTE = (
    "this is the first token: from now on every client of this store needs one, on this machine "
    "too. `memorizer mcp` and the commands that work on the data directory need none "
    "(see MEMORIZER_AUTH)."
)

app = typer.Typer(help="Create, list and revoke access tokens.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[
        str,
        typer.Option(
            "--name",
            "-n",
            metavar="NAME",
            help="Name of the token, such as the place where it is used.",
        ),
    ],
    scope: Annotated[
        Scope,
        typer.Option(
            metavar="SCOPE",
            help="read, write or admin; each includes the ones before it.",
            show_default=False,
        ),
    ],
    days: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Days until the token expires (default: never)."),
    ] = None,
    workspaces: Annotated[
        list[str] | None,
        typer.Option(
            "--workspace",
            "-w",
            metavar="PATH[:SCOPE]",
            help="Bind the token to this workspace and all below it, such as `acme/billing-api` or "
            "`shared:read`; can be given more than once. The token then sees nothing else.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Create a token; it is shown only once."""
    from rich.text import Text

    wanted = [_choice(each, scope) for each in workspaces or ()]

    async def make(services: "Services") -> tuple[Token, str, bool]:
        had_token = await services.auth.requires_token()
        grants = await services.workspaces.grants(wanted) if wanted else None
        return *await services.auth.create(name, scope, days=days, grants=grants), had_token

    token, text, had_token = session.open_or_create(data_dir, make)
    message = Text.assemble(
        ("✓ ", "green"),
        f"Created “{console.plain(token.name)}” ({token.scope}). ",
        ("Save it now; it cannot be shown again:", "bold"),
    )
    console.err().print(message, soft_wrap=True)
    print(text)  # the token alone on standard output, for scripts
    if not had_token:
        console.note(FIRST_NOTE)


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List all tokens, except revoked ones."""
    from rich.text import Text

    async def read(services: "Services") -> tuple[list[Token], dict[str, str]]:
        tree = await services.workspaces.tree()
        return await services.auth.tokens(), {n.workspace.id: n.workspace.path for n in tree}

    tokens, paths = session.open_existing(data_dir, read)
    if not tokens:
        console.line("No tokens.")
        return
    table = console.table("ID", "NAME", "SCOPE", "WORKSPACES", "CREATED", "LAST USED", "EXPIRES")
    for token in tokens:
        used = console.age(token.last_used_at) if token.last_used_at else "never"
        cells = (
            token.id,
            console.plain(token.name),
            token.scope,
            _grants(token, paths),
            console.age(token.created_at),
        )
        table.add_row(*map(Text, cells), Text(used), _expiry(token))
    console.out().print(table)


@app.command()
def revoke(
    token: Annotated[
        str,
        typer.Argument(metavar="NAME|ID", help="Name or id of the token.", show_default=False),
    ],
    data_dir: DataDir = None,
) -> None:
    """Revoke a token, and log out everyone who logged in with it."""
    revoked = session.open_existing(data_dir, lambda services: services.auth.revoke(token))
    console.line(
        f"Revoked “{console.plain(revoked.name)}”; running servers reject it within a second."
    )


def _choice(given: str, scope: Scope) -> tuple[str, Scope]:
    """Split PATH[:SCOPE]. Raises InvalidField."""
    path, _, own = given.partition(":")
    if own and own not in list(Scope):
        raise InvalidField("workspace", f"{own!r} is no scope; use read, write or admin")
    return path, Scope(own) if own else scope


def _grants(token: Token, paths: "Mapping[str, str]") -> str:
    """Return the workspaces that a token is bound to, as PATH:SCOPE."""
    if token.grants is None:
        return "all"
    existing = [grant for grant in token.grants if grant.workspace_id in paths]
    return ", ".join(f"{paths[grant.workspace_id]}:{grant.scope}" for grant in existing) or "none"


def _expiry(token: Token) -> "Text":
    from rich.text import Text

    if token.expires_at is None:
        return Text("never")
    if not token.is_usable(int(time.time() * 1000)):
        return Text("expired", style="red")
    return Text(console.local_time(token.expires_at))
