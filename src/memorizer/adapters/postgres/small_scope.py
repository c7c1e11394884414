"""Searching a scope of so few memories that each of them is looked at.

PostgreSQL's planner takes a scope for most of the store and would read all of it: OFFSET 0 makes it
look up each memory of the scope instead. All of a search is one statement.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.postgres.bm25 import Corpus, Phrase, Positions
from memorizer.adapters.postgres.tsvectors import combined_query, query_of
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import Where
from memorizer.domain.search import Candidate

MAX_COMPARED_MEMORIES: Final = 20_000
"""Of a scope with so many memories all vectors are compared; the index would find others first."""
_SCOPE: Final = """
scope AS MATERIALIZED (
  SELECT m.seq, m.id, ({condition}) AS passes FROM visible_memories m LIMIT {most} + 1
), is_small AS MATERIALIZED (SELECT count(*) <= {most} AS answer FROM scope)"""
_NEAREST: Final = f"""
WITH {_SCOPE}
SELECT scope.id, max(1 - (e.vector <=> ?::vector)) AS cosine
FROM scope CROSS JOIN LATERAL (
  SELECT e.vector FROM embeddings e WHERE e.memory_seq = scope.seq AND {{which}} OFFSET 0
) e
WHERE scope.passes AND (SELECT answer FROM is_small)
GROUP BY scope.id ORDER BY cosine DESC, scope.id DESC LIMIT ?
"""
# ONLY: whose words these are is known, so that they are not scoped once more (sql/scoping.py)
_BEST: Final = f"""
WITH {_SCOPE}, texts AS MATERIALIZED (
  SELECT scope.id, scope.passes, w.length, w.words FROM scope CROSS JOIN LATERAL (
    SELECT w.length, CASE WHEN w.words @@ ?::tsquery THEN w.words END AS words
    FROM ONLY memory_words w WHERE w.memory_seq = scope.seq OFFSET 0
  ) w WHERE (SELECT answer FROM is_small)
), best AS MATERIALIZED (
  SELECT id, length, words FROM texts WHERE passes AND words IS NOT NULL
  ORDER BY words @@ ?::tsquery DESC, ts_rank('{{{{0, 0.33, 0.67, 1}}}}', words, ?::tsquery) DESC
  LIMIT ?
)
SELECT answer, (SELECT count(*) FROM texts), (SELECT avg(length)::float8 FROM texts),
  (SELECT ARRAY[{{counts}}] FROM texts WHERE words IS NOT NULL),
  (SELECT json_agg(json_build_array(
    best.id, best.length, u.lexeme, u.positions, array_to_string(u.weights, '')))
   FROM best, unnest(best.words) u WHERE u.lexeme ^@ ANY (?))
FROM is_small
"""
_COUNT: Final = "count(*) FILTER (WHERE words @@ ?::tsquery)"


@dataclass(frozen=True, slots=True)
class Matches:
    """What is found of phrases: statistics of the scope, and the words of the best memories."""

    corpus: Corpus
    frequencies: dict[Phrase, float]
    """How many memories of the scope have each phrase."""
    best: dict[tuple[str, int], Positions]
    """By id and length; those with all phrases first, chosen by ts_rank."""


def nearest(
    execute: Execute, which: str, vector: object, condition: Where, *, limit: int
) -> list[Candidate]:
    """Return the memories nearest to a vector; none where the scope is not small.

    `which`: the condition of the vectors `e` that are compared.
    """
    sql = _NEAREST.format(condition=condition.sql, most=MAX_COMPARED_MEMORIES, which=which)
    rows = execute(sql, (*condition.values, vector, limit))
    return [Candidate(id_, float(cosine)) for id_, cosine in rows]


def matches(
    execute: Execute, phrases: Sequence[Phrase], condition: Where, *, limit: int
) -> Matches | None:
    """Return the best memories with any of these phrases; None where the scope is not small."""
    every, some = combined_query(phrases, "&"), combined_query(phrases, "|")
    distinct = list(dict.fromkeys(phrases))
    words = sorted({word for phrase in distinct for word in phrase.words})
    sql = _BEST.format(
        condition=condition.sql,
        most=MAX_COMPARED_MEMORIES,
        counts=", ".join([_COUNT] * len(distinct)),
    )
    values = (*condition.values, some, every, some, limit, *map(query_of, distinct), words)
    [(is_small, size, length, counts, found)] = execute(sql, values)
    if not is_small:
        return None
    best: defaultdict[tuple[str, int], Positions] = defaultdict(dict)
    for id_, words_long, word, positions, labels in found or ():
        best[id_, words_long][word] = list(zip(positions, labels, strict=True))
    frequencies = {phrase: float(n) for phrase, n in zip(distinct, counts, strict=True)}
    return Matches(Corpus(size, length or 0.0), frequencies, best)
