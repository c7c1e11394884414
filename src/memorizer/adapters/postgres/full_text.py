"""The full-text leg: tsvector and GIN find, BM25 ranks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.postgres.bm25 import Corpus, Phrase, Positions, matched_share, score
from memorizer.adapters.postgres.term_statistics import TermStatisticsCache
from memorizer.adapters.postgres.tsvectors import combined_query, phrase_of, vector_of
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import Where, where
from memorizer.domain.memories import Filter, Memory
from memorizer.domain.search import Candidate
from memorizer.domain.text_analysis import Term

MAX_NEWEST_MATCHES: Final = 1_000
"""Of more matches than these, the newest are ranked: reading all would take seconds."""
EXTRA_RANKED_MATCHES: Final = 30
"""Matches beyond those wanted: the best by PostgreSQL's own rank are then ranked by BM25."""
SMALL_STORE_MEMORIES: Final = 5_000
"""Stores of up to so many memories: all matches are read, MAX_RANKED_IN_SMALL_STORE ranked."""
MAX_RANKED_IN_SMALL_STORE: Final = 300
MAX_ANY_WORD_MATCHES: Final = 5_000
"""A search for any of its words leaves out the common ones when the rare ones match so many."""
BACKWARD_SCAN_MIN_MATCHES: Final = 2_000
"""Expected matches, from which the newest are not looked up but met on the way back in time."""
BACKWARD_SCAN_WANTED_MATCHES: Final = 150
"""Matches that the way back should meet."""
BACKWARD_SCAN_MAX_MEMORIES: Final = 12_000
"""Memories that it passes at most."""

_MATCHING: Final = """
SELECT w.memory_seq, w.length, w.words FROM memory_words w
JOIN visible_memories m ON m.seq = w.memory_seq WHERE w.words @@ ?::tsquery AND
"""
# Reads the index and the newest rows only; what is archived is left out afterwards.
_NEWEST: Final = (
    "SELECT w.memory_seq, w.length, w.words FROM memory_words w WHERE w.words @@ ?::tsquery"
)
# The index of words gives all matches, in no order: of many it costs more than looking at rows.
_RECENT: Final = """
SELECT w.memory_seq, w.length, w.words
FROM (SELECT * FROM memory_words ORDER BY memory_seq DESC LIMIT ?) w WHERE w.words @@ ?::tsquery
"""
_RANKED: Final = """
WITH matching AS MATERIALIZED ({matching} ORDER BY w.memory_seq DESC LIMIT ?),
best AS MATERIALIZED (
  SELECT memory_seq, length, words FROM matching
  ORDER BY ts_rank('{{0, 0.33, 0.67, 1}}', words, ?::tsquery) DESC LIMIT ?
)
SELECT m.id, best.length, u.lexeme, u.positions, u.weights, (SELECT count(*) FROM matching)
FROM best JOIN visible_memories m ON m.seq = best.memory_seq, unnest(best.words) u
WHERE u.lexeme ^@ ANY (?) AND {condition}
"""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What one search ranks by."""

    phrases: Sequence[Phrase]
    idfs: Mapping[Phrase, float]
    corpus: Corpus
    filter_: Filter

    def depth(self, wanted: int) -> tuple[int, int]:
        """How many matches are looked at, and how many of the best of them are ranked."""
        if self.corpus.size <= SMALL_STORE_MEMORIES:
            return SMALL_STORE_MEMORIES, MAX_RANKED_IN_SMALL_STORE
        return MAX_NEWEST_MATCHES, wanted + EXTRA_RANKED_MATCHES

    @property
    def prefixes(self) -> list[str]:
        """The words whose places matter; longer ones may begin with them."""
        return sorted({word for phrase in self.idfs for word in phrase.words})


class FullTextRows:
    """Fulfils ports.full_text.FullText."""

    def __init__(self, execute: Execute, corpus: TermStatisticsCache) -> None:
        self._execute = execute
        self._corpus = corpus

    def put(self, memory: Memory) -> None:
        words, length = vector_of(memory.content)
        self._execute(
            "INSERT INTO memory_words (memory_seq, words, length)"
            " SELECT seq, ?::tsvector, ? FROM memories WHERE id = ?"
            " ON CONFLICT (memory_seq) DO UPDATE SET words = excluded.words,"
            " length = excluded.length",
            (words, length, memory.id),
        )

    def remove(self, memory_id: str) -> None:
        self._execute(
            "DELETE FROM memory_words WHERE memory_seq = (SELECT seq FROM memories WHERE id = ?)",
            (memory_id,),
        )

    def search(self, terms: Sequence[Term], filter_: Filter, *, limit: int) -> list[Candidate]:
        phrases = [phrase for term in terms if (phrase := phrase_of(term)) is not None]
        if not phrases:
            return []
        census = self._corpus.get(self._execute)
        phrases = [census.narrow_prefix(phrase) for phrase in phrases]
        matches = census.document_frequencies(self._execute, phrases)
        # words that become the same by stemming count as often as they were asked for
        weights = {p: phrases.count(p) * census.corpus.idf(n) for p, n in matches.items()}
        ranking = Ranking(phrases, weights, census.corpus, filter_)
        found = self._ranked(combined_query(matches, "&"), min(matches.values()), ranking, limit)
        if len(found) < limit and len(matches) > 1:
            known = {candidate.memory_id for candidate in found}
            some, expected = _telling(matches)
            others = self._ranked(combined_query(some, "|"), expected, ranking, limit + len(found))
            found += [candidate for candidate in others if candidate.memory_id not in known]
        return found[:limit]

    def _ranked(self, query: str, expected: float, ranking: Ranking, limit: int) -> list[Candidate]:
        """Those that match and that the filter lets through, best first."""
        condition = where(ranking.filter_)
        if ranking.filter_.is_default and ranking.corpus.size > SMALL_STORE_MEMORIES:
            for matching in _quick_ways(query, expected, ranking.corpus.size):
                found, are_all = self._best(matching, query, ranking, condition, limit)
                if are_all or len(found) >= limit:
                    return found
        every = Where(f"{_MATCHING} {condition.sql}", (query, *condition.values))
        return self._best(every, query, ranking, condition, limit)[0]

    def _best(
        self, matching: Where, query: str, ranking: Ranking, condition: Where, wanted: int
    ) -> tuple[list[Candidate], bool]:
        """The best of the matches, and whether that was all of them."""
        looked_at, ranked = ranking.depth(wanted)
        rows = self._execute(
            _RANKED.format(matching=matching.sql, condition=condition.sql),
            (*matching.values, looked_at, query, ranked, ranking.prefixes, *condition.values),
        ).fetchall()
        places: defaultdict[tuple[str, int], Positions] = defaultdict(dict)
        for memory_id, length, word, positions, labels, _ in rows:
            places[memory_id, length][word] = list(zip(positions, labels, strict=True))
        scored = [
            Candidate(
                memory_id,
                score(ranking.idfs, of_memory, length, ranking.corpus),
                matched_share(ranking.phrases, of_memory),
            )
            for (memory_id, length), of_memory in places.items()
        ]
        best = sorted(scored, key=lambda c: (c.score, c.memory_id), reverse=True)
        return best, bool(rows) and rows[0][-1] <= ranked


def _quick_ways(query: str, expected: float, memories: int) -> Iterator[Where]:
    """To the newest matches, those of hidden memories among them."""
    if expected > BACKWARD_SCAN_MIN_MATCHES:
        yield Where(
            _RECENT,
            (
                min(
                    BACKWARD_SCAN_MAX_MEMORIES,
                    int(memories * BACKWARD_SCAN_WANTED_MATCHES / expected),
                ),
                query,
            ),
        )
    yield Where(_NEWEST, (query,))


def _telling(matches: Mapping[Phrase, float]) -> tuple[list[Phrase], float]:
    """The rarest phrases, until they match enough memories, and how many they match at most."""
    telling: list[Phrase] = []
    total = 0.0
    for phrase, number in sorted(matches.items(), key=lambda item: item[1]):
        if telling and total + number > MAX_ANY_WORD_MATCHES:
            break
        telling.append(phrase)
        total += number
    return telling, total
