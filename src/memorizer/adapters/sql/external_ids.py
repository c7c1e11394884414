"""Names of memories in the sources from which they were imported."""

import json
from collections.abc import Sequence
from typing import Final

from memorizer.adapters.sql.dialect import Dialect, Execute, rows_as
from memorizer.domain.records import ExternalId

ROWS_PER_INSERT: Final = 100
"""Each statement is a round trip."""


class ExternalIdRows:
    """Implements ports.records.ExternalIds."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def collections(self, source: str, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        rows = self._execute(
            self._statements["count_known_external_ids"], (source, source, json.dumps(list(keys)))
        )
        return {str(collection): (int(known), int(total)) for collection, known, total in rows}

    def of_collections(self, source: str, collections: Sequence[str]) -> list[ExternalId]:
        values = (source, json.dumps(list(collections)))
        return rows_as(ExternalId, self._execute(self._statements["list_external_ids"], values))

    def put(self, source: str, ids: Sequence[ExternalId]) -> None:
        for start in range(0, len(ids), ROWS_PER_INSERT):
            some = ids[start : start + ROWS_PER_INSERT]
            marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(some))
            self._execute(
                self._statements["upsert_external_ids"].format(rows=marks),
                [
                    value
                    for each in some
                    for value in (source, each.key, each.memory_id, each.collection, each.at)
                ],
            )

    def unclaimed(self, ids: Sequence[str]) -> set[str]:
        return self._ids("list_unclaimed_memories", ids)

    def unclaimed_with_text(self, label: str, digests: Sequence[str]) -> list[tuple[str, str]]:
        values = (label, json.dumps(list(digests)))
        rows = self._execute(self._statements["list_unclaimed_by_text"], values)
        return [(str(digest), str(id_)) for digest, id_ in rows]

    def taken(self, ids: Sequence[str]) -> set[str]:
        return self._ids("list_taken_memory_ids", ids)

    def _ids(self, statement: str, ids: Sequence[str]) -> set[str]:
        rows = self._execute(self._statements[statement], (json.dumps(list(ids)),))
        return {str(id_) for (id_,) in rows}
