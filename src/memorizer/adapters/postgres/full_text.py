"""Full-text search: candidates by tsvector and GIN, ranked by our own BM25."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.postgres import small_scope
from memorizer.adapters.postgres.bm25 import Corpus, Phrase, Positions, count_matched, score
from memorizer.adapters.postgres.dialect import READING
from memorizer.adapters.postgres.term_statistics import TermStatisticsCache, collect_exactly
from memorizer.adapters.postgres.tsvectors import combined_query, phrase_of, vector_of
from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.filters import Where, where
from memorizer.adapters.sql.outdated_words import OutdatedWords
from memorizer.domain.memories import Filter, Memory
from memorizer.domain.search import Candidate, matched_share
from memorizer.domain.text_analysis import MAX_QUERY_TERMS, Term, most_telling

MAX_NEWEST_MATCHES: Final = 1_000
"""Of more matches only the newest are ranked: reading all would take seconds."""
EXTRA_RANKED_MATCHES: Final = 30
"""Matches ranked by BM25 beyond those wanted; they are pre-selected by ts_rank."""
SMALL_STORE_MEMORIES: Final = 5_000
"""Stores of up to so many memories: all matches are read, at least
MAX_RANKED_IN_SMALL_STORE ranked."""
MAX_RANKED_IN_SMALL_STORE: Final = 300
MAX_ANY_WORD_MATCHES: Final = 5_000
"""A search for any of its words adds words, rarest first, up to so many expected matches."""
BACKWARD_SCAN_MIN_MATCHES: Final = 2_000
"""Above this expected document frequency, scan the newest rows instead of the GIN index."""
BACKWARD_SCAN_WANTED_MATCHES: Final = 150
"""Matches that such a scan should find."""
BACKWARD_SCAN_MAX_MEMORIES: Final = 12_000
"""Rows that such a scan reads at most."""

_MATCHING: Final = """
SELECT w.memory_seq, w.length, w.words FROM memory_words w
JOIN visible_memories m ON m.seq = w.memory_seq WHERE w.words @@ ?::tsquery AND
"""
# Reads the index and the newest rows only; what is archived is left out afterwards.
_NEWEST_BY_INDEX: Final = (
    "SELECT w.memory_seq, w.length, w.words FROM memory_words w WHERE w.words @@ ?::tsquery"
)
# The index of words gives all matches, in no order: of many it costs more than looking at rows.
_NEWEST_BY_SCAN: Final = """
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
    """The phrases, idfs, corpus and filter that one search ranks by."""

    phrases: Sequence[Phrase]
    idfs: Mapping[Phrase, float]
    corpus: Corpus
    filter_: Filter
    asked: int
    """How many terms the query has."""

    def depth(self, wanted: int) -> tuple[int, int]:
        """How many matches are read, and how many of the best of them are ranked by BM25."""
        if self.corpus.size <= SMALL_STORE_MEMORIES:
            return SMALL_STORE_MEMORIES, max(MAX_RANKED_IN_SMALL_STORE, wanted)
        return MAX_NEWEST_MATCHES, wanted + EXTRA_RANKED_MATCHES

    @property
    def prefixes(self) -> list[str]:
        """The words whose positions are read, also those of longer words that begin with them."""
        return sorted({word for phrase in self.idfs for word in phrase.words})

    def ranked(
        self, memories: Mapping[tuple[str, int], Positions], *, all_first: bool = False
    ) -> list[Candidate]:
        """Memories, given by id and length, by BM25; with `all_first`, those with all phrases."""
        scored = []
        for (memory_id, length), words in memories.items():
            matched = count_matched(self.phrases, words)
            share = matched_share(matched, self.asked)
            candidate = Candidate(memory_id, score(self.idfs, words, length, self.corpus), share)
            scored.append((all_first and matched == len(self.phrases), candidate))
        scored.sort(key=lambda each: (each[0], each[1].score, each[1].memory_id), reverse=True)
        return [candidate for _, candidate in scored]


def _ranking(
    phrases: Sequence[Phrase],
    matches: Mapping[Phrase, float],
    corpus: Corpus,
    filter_: Filter,
    asked: int,
) -> Ranking:
    # words that become the same by stemming count as often as they were asked for
    idfs = {phrase: phrases.count(phrase) * corpus.idf(n) for phrase, n in matches.items()}
    return Ranking(phrases, idfs, corpus, filter_, asked)


class FullTextRows(OutdatedWords):
    """Implements ports.search.FullText."""

    def __init__(
        self,
        execute: Execute,
        statements: Mapping[str, str],
        corpus: TermStatisticsCache,
        *,
        is_scoped: bool = False,
    ) -> None:
        super().__init__(execute, statements)
        self._is_scoped = is_scoped
        self._statistics = corpus

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
        if self._is_scoped and phrases:
            found = self._in_small_scope(phrases, filter_, limit)
            if found is not None:
                return found
        if self._is_scoped:  # what is elsewhere counts for nothing
            statistics = collect_exactly(self._execute)
        else:
            statistics = self._statistics.get(self._execute)
        phrases = [statistics.narrow_prefix(phrase) for phrase in phrases]
        matches = statistics.document_frequencies(self._execute, phrases)
        asked = len(phrases)
        if asked > MAX_QUERY_TERMS:
            phrases = most_telling(phrases, [matches[phrase] for phrase in phrases])
            matches = {phrase: matches[phrase] for phrase in phrases}
        if not phrases:
            return []
        ranking = _ranking(phrases, matches, statistics.corpus, filter_, asked)
        found = self._ranked(combined_query(matches, "&"), min(matches.values()), ranking, limit)
        if len(found) < limit and len(matches) > 1:
            known = {candidate.memory_id for candidate in found}
            some, expected = _rarest(matches)
            others = self._ranked(combined_query(some, "|"), expected, ranking, limit + len(found))
            found += [candidate for candidate in others if candidate.memory_id not in known]
        return found[:limit]

    def _in_small_scope(
        self, phrases: Sequence[Phrase], filter_: Filter, limit: int
    ) -> list[Candidate] | None:
        """Return the same by looking at each memory of the scope; None where it has too many."""
        ranked = max(MAX_RANKED_IN_SMALL_STORE, limit)
        condition = where(filter_, READING)
        found = small_scope.matches(self._execute, phrases, condition, limit=ranked)
        if found is None:
            return None
        asked, matches = len(phrases), found.frequencies
        if asked > MAX_QUERY_TERMS:
            phrases = most_telling(phrases, [matches[phrase] for phrase in phrases])
            matches = {phrase: matches[phrase] for phrase in phrases}
        ranking = _ranking(phrases, matches, found.corpus, filter_, asked)
        return ranking.ranked(found.best, all_first=True)[:limit]

    def _ranked(self, query: str, expected: float, ranking: Ranking, limit: int) -> list[Candidate]:
        """Return matches that pass the filter, best first."""
        condition = where(ranking.filter_, READING)
        if ranking.filter_.is_default and ranking.corpus.size > SMALL_STORE_MEMORIES:
            for matching in _newest_first_queries(query, expected, ranking.corpus.size):
                found, are_all = self._best(matching, query, ranking, condition, limit)
                if are_all or len(found) >= limit:
                    return found
        every = Where(f"{_MATCHING} {condition.sql}", (query, *condition.values))
        return self._best(every, query, ranking, condition, limit)[0]

    def _best(
        self, matching: Where, query: str, ranking: Ranking, condition: Where, wanted: int
    ) -> tuple[list[Candidate], bool]:
        """Return the best of the matches, and whether that was all of them."""
        looked_at, ranked = ranking.depth(wanted)
        rows = self._execute(
            _RANKED.format(matching=matching.sql, condition=condition.sql),
            (*matching.values, looked_at, query, ranked, ranking.prefixes, *condition.values),
        ).fetchall()
        places: defaultdict[tuple[str, int], Positions] = defaultdict(dict)
        for memory_id, length, word, positions, labels, _ in rows:
            places[memory_id, length][word] = list(zip(positions, labels, strict=True))
        return ranking.ranked(places), bool(rows) and rows[0][-1] <= ranked


def _newest_first_queries(query: str, expected: float, memories: int) -> Iterator[Where]:
    """Cheap queries for the newest matches; hidden memories are filtered out later."""
    if expected > BACKWARD_SCAN_MIN_MATCHES:
        yield Where(
            _NEWEST_BY_SCAN,
            (
                min(
                    BACKWARD_SCAN_MAX_MEMORIES,
                    int(memories * BACKWARD_SCAN_WANTED_MATCHES / expected),
                ),
                query,
            ),
        )
    yield Where(_NEWEST_BY_INDEX, (query,))


def _rarest(matches: Mapping[Phrase, float]) -> tuple[list[Phrase], float]:
    """Return the rarest phrases up to MAX_ANY_WORD_MATCHES, and an upper bound of their matches."""
    rarest: list[Phrase] = []
    total = 0.0
    for phrase, number in sorted(matches.items(), key=lambda item: item[1]):
        if rarest and total + number > MAX_ANY_WORD_MATCHES:
            break
        rarest.append(phrase)
        total += number
    return rarest, total
