"""Full-text search with FTS5 and its BM25."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import where
from memorizer.adapters.sql.outdated_words import OutdatedWords
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.fts5_functions import word_of
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.memories import Filter, Memory
from memorizer.domain.search import Candidate, matched_share
from memorizer.domain.text_analysis import MAX_QUERY_TERMS, Term, indexable, most_telling

TITLE_WEIGHT: Final = 3.0
TAGS_WEIGHT: Final = 2.0
TEXT_WEIGHT: Final = 1.0

_COST: Final = f"bm25(memory_words, {TITLE_WEIGHT}, {TAGS_WEIGHT}, {TEXT_WEIGHT})"
# Lower costs are better. The best are found in the index alone: a common word is in many rows.
_BEST: Final = f"""
SELECT m.seq, m.id, -best.cost AS score FROM (
  SELECT rowid, cost FROM (
    SELECT rowid, {_COST} AS cost FROM memory_words WHERE memory_words MATCH ?
    ORDER BY rowid DESC LIMIT ?
  ) ORDER BY cost, rowid DESC LIMIT ?
) best JOIN visible_memories m ON m.seq = best.rowid WHERE
"""
_EVERY: Final = f"""
SELECT m.seq, m.id, -{_COST} AS score
FROM memory_words JOIN visible_memories m ON m.seq = memory_words.rowid
WHERE memory_words MATCH ? AND
"""
# Unary + disables the rowid lookup: one pass over the posting list is faster.
_HAVING: Final = """
SELECT rowid FROM memory_words
WHERE memory_words MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
"""
# Stops early: a frequent word need not be counted to its end.
_FREQUENCY: Final = """
SELECT count(*) FROM (SELECT rowid FROM memory_words WHERE memory_words MATCH ? LIMIT ?)
"""
MAX_COUNTED_MATCHES: Final = 500
"""The terms of a long query are counted up to this, to choose the rarest."""
MAX_RANKED_ROWS: Final = 20_000
"""Where more memories have all the words, the newest of them are ranked (8 ms): such common words
tell little apart. Where some of the words are enough, a rare one may be in the oldest: all are."""
ROWS_PER_MEMORY: Final = 2
"""Rows read from the index per result wanted; some turn out to be archived."""

_Row = tuple[int, str, float]
"""A memory's number, its id and its score."""


class FullTextRows(OutdatedWords):
    """Implements ports.search.FullText; a rowid is the memory's seq."""

    def __init__(
        self, execute: Execute, statements: Mapping[str, str], *, is_scoped: bool = False
    ) -> None:
        super().__init__(execute, statements)
        self._is_scoped = is_scoped

    def put(self, memory: Memory) -> None:
        seq = self._seq(memory.id)
        self._execute("DELETE FROM memory_words WHERE rowid = ?", (seq,))
        content = memory.content
        tags = indexable(" ".join(content.tags))
        if memory.workspace_id is not None:
            tags = f"{tags} {word_of(memory.workspace_id)}"
        self._execute(
            "INSERT INTO memory_words (rowid, title, tags, text) VALUES (?, ?, ?, ?)",
            (
                seq,
                indexable(content.names),
                tags,
                indexable(content.text),
            ),
        )

    def remove(self, memory_id: str) -> None:
        self._execute("DELETE FROM memory_words WHERE rowid = ?", (self._seq(memory_id),))

    def search(self, terms: Sequence[Term], filter_: Filter, *, limit: int) -> list[Candidate]:
        asked = len(terms)
        phrases = [_phrase(term) for term in terms]
        if self._is_scoped:
            from memorizer.adapters.sqlite import scoped_full_text  # noqa: PLC0415 - loads numpy

            weights = (TITLE_WEIGHT, TAGS_WEIGHT, TEXT_WEIGHT)
            return scoped_full_text.search(
                *(self._execute, phrases, weights, filter_),
                limit=limit,
                is_indexed=not self.has_outdated(),
            )
        phrases = self._most_telling(phrases)
        if not phrases:
            return []
        every = self._match(" AND ".join(phrases), filter_, limit, newest=MAX_RANKED_ROWS)
        found = [Candidate(memory_id, score) for _, memory_id, score in every]
        if len(found) < limit and len(phrases) > 1:
            known = {seq for seq, *_ in every}
            some = self._match(" OR ".join(phrases), filter_, limit + len(found))
            found += self._with_shares([row for row in some if row[0] not in known], phrases, asked)
        return found[:limit]

    def _match(
        self, expression: str, filter_: Filter, limit: int, *, newest: int = -1
    ) -> list[_Row]:
        """Return matches that pass the filter, best first; of so many `newest`, or of all."""
        condition = where(filter_, SQLITE)
        order = "ORDER BY score DESC, m.id DESC LIMIT ?"
        rows: list[_Row] = []
        if filter_.is_default:
            values = (expression, newest, ROWS_PER_MEMORY * limit, *condition.values, limit)
            rows = self._execute(f"{_BEST} {condition.sql} {order}", values).fetchall()
        if len(rows) < limit:
            values = (expression, *condition.values, limit)
            rows = self._execute(f"{_EVERY} {condition.sql} {order}", values).fetchall()
        return rows

    def _with_shares(
        self, rows: Sequence[_Row], phrases: Sequence[str], asked: int
    ) -> list[Candidate]:
        """Return the rows as candidates, each with its share of the terms that were asked for."""
        numbers = json.dumps([seq for seq, *_ in rows])
        has = Counter(
            seq for phrase in phrases for (seq,) in self._execute(_HAVING, (phrase, numbers))
        )
        return [Candidate(id_, score, matched_share(has[seq], asked)) for seq, id_, score in rows]

    def _most_telling(self, phrases: list[str]) -> list[str]:
        if len(phrases) <= MAX_QUERY_TERMS:
            return phrases
        counts = [
            self._execute(_FREQUENCY, (phrase, MAX_COUNTED_MATCHES)).fetchone()
            for phrase in phrases
        ]
        return most_telling(phrases, [row[0] for row in counts if row is not None])

    def _seq(self, memory_id: str) -> int:
        row = self._execute("SELECT seq FROM memories WHERE id = ?", (memory_id,)).fetchone()
        if row is None:
            raise StorageUnavailable(f"Memory {memory_id} vanished inside its own transaction.")
        return int(row[0])


def _phrase(term: Term) -> str:
    """Return a quoted FTS5 phrase, with an asterisk if the last word may go on."""
    words = " ".join(term.words).replace('"', '""')
    return f'"{words}"*' if term.is_prefix else f'"{words}"'
