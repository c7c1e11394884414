"""`memorizer token`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir
from memorizer.domain.auth import Scope

app = typer.Typer(help="Make, list and revoke access tokens.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[
        str, typer.Option("--name", "-n", metavar="NAME", help="Where it will be used.")
    ],
    scope: Annotated[
        Scope,
        typer.Option(
            metavar="SCOPE",
            help="read, write or admin; each includes those before it.",
            show_default=False,
        ),
    ],
    days: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="After how many days it stops working; never if unset."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token and show it, this once."""
    from memorizer.cli import session, show_tokens
    from memorizer.domain.auth import Token
    from memorizer.services import Services

    async def make(services: Services) -> tuple[Token, str, bool]:
        was_closed = await services.auth.requires_token()
        return *await services.auth.create(name, scope, days=days), was_closed

    token, text, was_closed = session.create(data_dir, make)
    show_tokens.created(token, text, is_first=not was_closed)


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """Show all tokens that were not revoked."""
    from memorizer.cli import session, show_tokens

    show_tokens.all_(session.existing(data_dir, lambda services: services.auth.tokens()))


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="NAME|ID", help="Which one.", show_default=False)],
    data_dir: DataDir = None,
) -> None:
    """Make a token useless, with everybody who is logged in with it."""
    from memorizer.cli import session, show_tokens

    show_tokens.revoked(session.existing(data_dir, lambda services: services.auth.revoke(token)))
