"""What `memorizer token` prints."""

import time
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from memorizer.cli import console
from memorizer.domain.auth import Token

FIRST = (
    "this is the first token: from now on every client of this store needs one, on this machine "
    "too. Only `memorizer mcp` and the commands on the data directory go on without "
    "(MEMORIZER_AUTH says more)."
)


def created(token: Token, text: str, *, is_first: bool) -> None:
    """The token alone on standard output, so that a script can take it."""
    console.err().print(
        Text.assemble(
            ("✓ ", "green"),
            f"Made “{console.plain(token.name)}” ({token.scope}). ",
            ("Keep it now; it cannot be shown again:", "bold"),
        ),
        soft_wrap=True,
    )
    print(text)
    if is_first:
        console.note(FIRST)


def all_(tokens: Sequence[Token]) -> None:
    """One a line."""
    if not tokens:
        console.out().print("No tokens.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("ID", "NAME", "SCOPE", "CREATED", "LAST USED", "EXPIRES"):
        table.add_column(heading, no_wrap=True)
    for token in tokens:
        used = console.age(token.last_used_at) if token.last_used_at else "never"
        row = (token.id, console.plain(token.name), token.scope, console.age(token.created_at))
        table.add_row(*map(Text, row), Text(used), _expiry(token))
    console.out().print(table)


def revoked(token: Token) -> None:
    """It is over."""
    console.out().print(
        f"“{console.plain(token.name)}” opens nothing any more; running servers know in a second.",
        markup=False,
    )


def _expiry(token: Token) -> Text:
    if token.expires_at is None:
        return Text("never")
    if not token.is_usable(int(time.time() * 1000)):
        return Text("expired", style="red")
    return Text(console.moment(token.expires_at))
