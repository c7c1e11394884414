"""What the first search would wait for, done before somebody searches."""

import struct
from contextlib import suppress

from memorizer.domain.errors import MemorizerError
from memorizer.domain.memories import Filter, Vector
from memorizer.ports.transactions import Database, Transaction
from memorizer.ports.vectors import VectorKind


async def warm_up(database: Database) -> None:
    """Search once, for nothing in particular: so the database reads its index of vectors."""
    with suppress(MemorizerError):  # whoever really searches is told
        await database.read(_search)


def _search(tx: Transaction) -> None:
    model = tx.models.active()
    if model is None:
        return
    anything = Vector(struct.pack("<f", 1.0) * model.dimensions)
    for kind in VectorKind:
        tx.vectors.nearest(model, kind, anything, Filter(), limit=1)
