"""`memorizer duplicates`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir, Limit


def duplicates(
    threshold: Annotated[
        float,
        typer.Option(metavar="COSINE", min=0.5, max=1, help="The least similarity, 0.5 to 1."),
    ] = 0.95,
    limit: Limit = 20,
    data_dir: DataDir = None,
) -> None:
    """Show memories that say nearly the same, in pairs; nothing is changed."""
    from memorizer.cli import session, show_duplicates
    from memorizer.services import Services
    from memorizer.services.duplicates import Pair

    async def find(services: Services) -> tuple[list[Pair], bool]:
        pairs: list[Pair] = []
        cursor = None
        while len(pairs) < limit:
            found = await services.duplicates.near(threshold, before=cursor, limit=limit)
            pairs, cursor = pairs + found.pairs, found.cursor
            if cursor is None:
                break
        return pairs[:limit], cursor is not None or len(pairs) > limit

    pairs, is_more = session.existing(data_dir, find)
    show_duplicates.pairs(pairs, is_more=is_more)
