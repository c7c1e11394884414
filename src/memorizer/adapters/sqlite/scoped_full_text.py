"""Full-text search inside a scope: BM25 as FTS5 computes it, but from what is in the scope alone.

FTS5's own counts how many memories of the whole store have a word, so that a score would tell what
is elsewhere.
"""

import math
from array import array
from collections.abc import Sequence
from operator import mul
from typing import Any, Final, NamedTuple

import apsw

from memorizer.adapters.sql.dialect import Execute, rows_as
from memorizer.adapters.sql.filters import where
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.domain.memories import Filter
from memorizer.domain.search import Candidate, matched_share
from memorizer.domain.text_analysis import MAX_QUERY_TERMS, most_telling

K1: Final = 1.2
B: Final = 0.75
MIN_IDF: Final = 1e-6
_FUNCTION: Final = "memory_frequencies"
# Unary + disables the rowid lookup: one pass over the posting list is faster.
_MATCHING: Final = f"""
SELECT m.id, {_FUNCTION}(memory_words, ?, ?, ?), {{filter}}
FROM memory_words CROSS JOIN visible_memories m ON m.seq = memory_words.rowid
WHERE memory_words MATCH ? AND +memory_words.rowid IN (SELECT seq FROM visible_memories)
"""


class _MatchRow(NamedTuple):
    id: str
    frequencies: bytes
    passes: int


class _Match(NamedTuple):
    id: str
    length: int
    frequencies: list[float]
    passes: bool

    @property
    def matched(self) -> int:
        """How many of the phrases it has."""
        return sum(frequency > 0 for frequency in self.frequencies)


def add_frequencies(connection: apsw.Connection) -> None:
    """Give a connection the function that the search calls."""
    connection.register_fts5_function(_FUNCTION, _frequencies)


def search(
    execute: Execute,
    phrases: Sequence[str],
    weights: Sequence[float],
    filter_: Filter,
    *,
    limit: int,
) -> list[Candidate]:
    """Memories with all phrases, then those with some of them; best first.

    The mean length is that of the matches. `weights`: of title, tags and text.
    """
    if not phrases:
        return []
    condition = where(filter_, SQLITE)
    statement = _MATCHING.format(filter=condition.sql)
    values = (*weights, *condition.values, " OR ".join(phrases))
    matches = _most_telling([_match(row) for row in rows_as(_MatchRow, execute(statement, values))])
    [(size,)] = execute("SELECT count(*) FROM visible_memories")
    scored = [row for row in _scores(matches, int(size)) if row[0].matched and row[0].passes]
    asked = len(matches[0].frequencies) if matches else 0
    ranked = sorted(
        scored, key=lambda row: (row[0].matched == asked, row[1], row[0].id), reverse=True
    )
    return [
        Candidate(match.id, score, matched_share(match.matched, asked))
        for match, score in ranked[:limit]
    ]


def _most_telling(matches: list[_Match]) -> list[_Match]:
    """The same for so many phrases as are searched for, chosen by what is in the scope."""
    if not matches or len(matches[0].frequencies) <= MAX_QUERY_TERMS:
        return matches
    kept = most_telling(range(len(matches[0].frequencies)), _having(matches))
    return [m._replace(frequencies=[m.frequencies[at] for at in kept]) for m in matches]


def _having(matches: Sequence[_Match]) -> list[int]:
    """How many of the memories have each phrase."""
    columns = zip(*(match.frequencies for match in matches), strict=True)
    return [sum(frequency > 0 for frequency in column) for column in columns]


def _scores(matches: Sequence[_Match], size: int) -> list[tuple[_Match, float]]:
    if not matches:
        return []
    mean_length = sum(match.length for match in matches) / len(matches) or 1
    idfs = [max(math.log((size - n + 0.5) / (n + 0.5)), MIN_IDF) for n in _having(matches)]
    return [(match, _score(match, idfs, mean_length)) for match in matches]


def _score(match: _Match, idfs: Sequence[float], mean_length: float) -> float:
    norm = K1 * (1 - B + B * match.length / mean_length)
    return sum(
        idf * frequency * (K1 + 1) / (frequency + norm)
        for idf, frequency in zip(idfs, match.frequencies, strict=True)
    )


def _match(row: _MatchRow) -> _Match:
    length, *frequencies = array("d", row.frequencies)
    return _Match(row.id, int(length), frequencies, bool(row.passes))


def _frequencies(api: apsw.FTS5ExtensionApi, *weights: Any) -> bytes:
    """The row's length in words, then the weighted number of places of each phrase, as doubles.

    It is called for every match: JSON and generators took half of its time.
    """
    found = array("d", [api.column_size(-1)])
    for phrase in range(api.phrase_count):
        found.append(sum(map(mul, weights, map(len, api.phrase_locations(phrase)))))
    return found.tobytes()
