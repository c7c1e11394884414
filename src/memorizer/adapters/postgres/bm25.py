"""BM25 over weighted fields, as SQLite's FTS5 computes it, so that both databases rank alike.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009); k1 and b,
and the floor under the inverse document frequency, are those of FTS5.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

K1: Final = 1.2
B: Final = 0.75
MIN_IDF: Final = 1e-6
FIELD_WEIGHTS: Final = {"A": 3.0, "B": 2.0, "C": 1.0}
"""Of title, tags and text: the labels that the words bear in a tsvector."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Stemmed words that stand side by side; the last may go on."""

    words: tuple[str, ...]
    is_prefix: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """How many memories there are and how many words they have on average."""

    size: int
    mean_length: float

    def idf(self, matches: float) -> float:
        """How telling a phrase is that this many memories have."""
        return max(math.log((self.size - matches + 0.5) / (matches + 0.5)), MIN_IDF)


Positions = dict[str, list[tuple[int, str]]]
"""Where each word stands in a memory: its positions and the labels of their fields."""


def score(phrases: Mapping[Phrase, float], places: Positions, length: int, corpus: Corpus) -> float:
    """The sum over the phrases, each with its inverse document frequency."""
    norm = K1 * (1 - B + B * length / corpus.mean_length) if corpus.mean_length else K1
    total = 0.0
    for phrase, idf in phrases.items():
        hits = _hits(phrase, places)
        total += idf * hits * (K1 + 1) / (hits + norm)
    return total


def matched_share(asked: Sequence[Phrase], places: Positions) -> float:
    """How many of the phrases a memory has, of all."""
    return sum(_hits(phrase, places) > 0 for phrase in asked) / len(asked)


def _hits(phrase: Phrase, places: Positions) -> float:
    """How often the phrase occurs, each time weighted by its field."""
    *before, last = phrase.words
    ends = [
        at
        for word, where in places.items()
        if word == last or (phrase.is_prefix and word.startswith(last))
        for at in where
    ]
    starts = [
        {position + distance for position, _ in places.get(word, ())}
        for distance, word in zip(range(len(before), 0, -1), before, strict=True)
    ]
    return sum(
        FIELD_WEIGHTS[label] for position, label in ends if all(position in ok for ok in starts)
    )
