"""Memories whose words in the full-text index were made by an earlier analysis."""

from collections.abc import Mapping

from memorizer.adapters.sql.dialect import Execute


class OutdatedWords:
    """The part of ports.search.FullText that is the same in both databases."""

    def __init__(self, execute: Execute, statements: Mapping[str, str]) -> None:
        self._execute = execute
        self._statements = statements

    def has_outdated(self) -> bool:
        [(found,)] = self._execute(self._statements["has_outdated_words"])
        return bool(found)

    def take_outdated(self, *, limit: int) -> list[str]:
        rows = self._execute(self._statements["list_outdated_words"], (limit,)).fetchall()
        if rows:
            last = rows[-1][0]
            self._execute(self._statements["advance_outdated_words"], (last, last))
        else:
            self._execute(self._statements["delete_outdated_words"])
        return [memory_id for _, memory_id in rows]
