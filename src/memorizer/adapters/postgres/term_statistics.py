"""How many memories hold a phrase: exactly while they are few, else as well as is quick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

from memorizer.adapters.postgres.bm25 import Corpus, Phrase
from memorizer.adapters.postgres.tsvectors import query_of
from memorizer.adapters.sql.dialect import Execute

LARGE_STORE_MEMORIES: Final = 5_000
"""Memories, from which on counting them at every search costs too much."""
MAX_COUNTED_MATCHES: Final = 1_000
"""Of a rare phrase; the planner's statistics know how frequent the common words are."""
CACHE_SECONDS: Final = 60.0


@dataclass(slots=True)
class TermStatistics:
    """What was found out about a corpus; of a large one it is believed for a while."""

    corpus: Corpus
    common: Mapping[str, float]
    """The share of the memories that hold a word, of the most frequent words."""
    taken_at: float = field(default_factory=monotonic)

    @property
    def is_large(self) -> bool:
        return self.corpus.size >= LARGE_STORE_MEMORIES

    @property
    def is_current(self) -> bool:
        return self.is_large and monotonic() < self.taken_at + CACHE_SECONDS

    def narrow_prefix(self, phrase: Phrase) -> Phrase:
        """Without its longer words, when it is itself frequent.

        They would bring little, and joining long lists is what a search costs most: with a
        million memories 105 of 113 ms.
        """
        return replace(phrase, is_prefix=False) if self._estimate(phrase) else phrase

    def document_frequencies(
        self, execute: Execute, phrases: Sequence[Phrase]
    ) -> dict[Phrase, float]:
        """How many memories hold each phrase."""
        known = {phrase: self._estimate(phrase) for phrase in phrases}
        rare = [phrase for phrase, matches in known.items() if not matches]
        return known | _counted(
            execute, rare, MAX_COUNTED_MATCHES if self.is_large else self.corpus.size
        )

    def _estimate(self, phrase: Phrase) -> float:
        """At most so many, from the planner's statistics; 0 when they do not know every word."""
        shares = [self.common.get(word, 0.0) for word in phrase.words]
        return min(1.0, *shares) * self.corpus.size


class TermStatisticsCache:
    """Shared by all connections of a process."""

    def __init__(self) -> None:
        self._census: TermStatistics | None = None

    def get(self, execute: Execute) -> TermStatistics:
        """The last one of a large corpus, or a new one."""
        census = self._census
        if census is None or not census.is_current:
            census = self._census = _take(execute)
        return census


def _take(execute: Execute) -> TermStatistics:
    [(estimate,)] = execute("SELECT reltuples FROM pg_class WHERE oid = 'memory_words'::regclass")
    if estimate < LARGE_STORE_MEMORIES:
        [(size, length)] = execute(
            "SELECT count(*), coalesce(avg(length), 0)::float8 FROM memory_words"
        )
        return TermStatistics(Corpus(size, length), {})
    share = 100 * LARGE_STORE_MEMORIES / estimate
    [(length,)] = execute(
        "SELECT coalesce(avg(length), 0)::float8 FROM memory_words TABLESAMPLE SYSTEM (?)", (share,)
    )
    return TermStatistics(Corpus(int(estimate), length), _common_words(execute))


def _common_words(execute: Execute) -> dict[str, float]:
    """The share of the memories that hold a word, of the words that are most frequent."""
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
