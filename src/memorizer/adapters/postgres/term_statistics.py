"""Document frequencies of phrases: exact in small stores, estimated in large ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from memorizer.adapters.postgres.bm25 import Corpus, Phrase
from memorizer.adapters.postgres.tsvectors import query_of
from memorizer.adapters.sql.dialect import Execute

LARGE_STORE_MEMORIES: Final = 5_000
"""From so many memories on, counting them at every search costs too much."""
MAX_COUNTED_MATCHES: Final = 1_000
"""Matches of a rare phrase are counted up to this; common words are in pg_stats."""
CACHE_SECONDS: Final = 60.0


@dataclass(slots=True)
class TermStatistics:
    """Size and common words of the corpus; cached for CACHE_SECONDS in large stores."""

    corpus: Corpus
    common: Mapping[str, float]
    """The most frequent words, and the share of memories that contain each."""
    taken_at: float = field(default_factory=monotonic)

    @property
    def is_large(self) -> bool:
        return self.corpus.size >= LARGE_STORE_MEMORIES

    @property
    def is_current(self) -> bool:
        return self.is_large and monotonic() < self.taken_at + CACHE_SECONDS

    def narrow_prefix(self, phrase: Phrase) -> Phrase:
        """Return the phrase without prefix matching, if it is frequent.

        They would bring little, and joining long lists is what a search costs most: with a
        million memories 105 of 113 ms.
        """
        return replace(phrase, is_prefix=False) if self._estimate(phrase) else phrase

    def document_frequencies(
        self, execute: Execute, phrases: Sequence[Phrase]
    ) -> dict[Phrase, float]:
        """Return the number of memories that match each phrase."""
        known = {phrase: self._estimate(phrase) for phrase in phrases}
        rare = [phrase for phrase, matches in known.items() if not matches]
        return known | _counted(
            execute, rare, MAX_COUNTED_MATCHES if self.is_large else self.corpus.size
        )

    def _estimate(self, phrase: Phrase) -> float:
        """Upper bound of the document frequency, from pg_stats; 0 = unknown."""
        shares = [self.common.get(word, 0.0) for word in phrase.words]
        return min(1.0, *shares) * self.corpus.size


class TermStatisticsCache:
    """Shared by all connections of a process."""

    def __init__(self) -> None:
        self._statistics: TermStatistics | None = None

    def get(self, execute: Execute) -> TermStatistics:
        """Return the cached statistics while they are current, or new ones."""
        statistics = self._statistics
        if statistics is None or not statistics.is_current:
            statistics = self._statistics = _collect(execute)
        return statistics


def collect_exactly(execute: Execute) -> TermStatistics:
    """Count all memories that the transaction sees: of a scope, nothing is known beforehand."""
    [(size, length)] = execute(
        "SELECT count(*), coalesce(avg(length), 0)::float8 FROM memory_words"
    )
    return TermStatistics(Corpus(size, length), {})


def _collect(execute: Execute) -> TermStatistics:
    [(estimate,)] = execute("SELECT reltuples FROM pg_class WHERE oid = 'memory_words'::regclass")
    if estimate < LARGE_STORE_MEMORIES:
        return collect_exactly(execute)
    share = 100 * LARGE_STORE_MEMORIES / estimate
    [(length,)] = execute(
        "SELECT coalesce(avg(length), 0)::float8 FROM memory_words TABLESAMPLE SYSTEM (?)", (share,)
    )
    return TermStatistics(Corpus(int(estimate), length), _common_words(execute))


def _common_words(execute: Execute) -> dict[str, float]:
    """Return the most frequent words and the share of memories with each, from pg_stats."""
    row = execute(
        "SELECT most_common_elems::text::text[], most_common_elem_freqs FROM pg_stats"
        " WHERE schemaname = current_schema() AND tablename = 'memory_words'"
        " AND attname = 'words'"
    ).fetchone()
    # the frequencies end with the least, the greatest and that of nulls
    return dict(zip(row[0], row[1], strict=False)) if row and row[0] else {}


def _counted(execute: Execute, phrases: Sequence[Phrase], most: int) -> dict[Phrase, float]:
    if not phrases:
        return {}
    count = "(SELECT count(*) FROM (SELECT FROM memory_words WHERE words @@ ?::tsquery LIMIT ?) _)"
    values = [value for phrase in phrases for value in (query_of(phrase), most)]
    [counts] = execute(f"SELECT {', '.join([count] * len(phrases))}", values)
    return {phrase: float(n) for phrase, n in zip(phrases, counts, strict=True)}
