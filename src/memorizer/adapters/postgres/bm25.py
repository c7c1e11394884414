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
"""Weights of title (A), tags (B) and text (C), by their labels in a tsvector."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Consecutive stemmed words; the last may be a prefix."""

    words: tuple[str, ...]
    is_prefix: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """Number of memories and their mean length in words."""

    size: int
    mean_length: float

    def idf(self, matches: float) -> float:
        """Inverse document frequency of a phrase that this many memories match."""
        return max(math.log((self.size - matches + 0.5) / (matches + 0.5)), MIN_IDF)


Positions = dict[str, list[tuple[int, str]]]
"""Per word of a memory: its positions and their field labels."""


def score(
    phrases: Mapping[Phrase, float], positions: Positions, length: int, corpus: Corpus
) -> float:
    """BM25 of a memory: `phrases` maps each phrase to its idf, `length` is in words."""
    norm = K1 * (1 - B + B * length / corpus.mean_length) if corpus.mean_length else K1
    total = 0.0
    for phrase, idf in phrases.items():
        frequency = _weighted_frequency(phrase, positions)
        total += idf * frequency * (K1 + 1) / (frequency + norm)
    return total


def count_matched(asked: Sequence[Phrase], positions: Positions) -> int:
    """How many of the phrases a memory matches."""
    return sum(_weighted_frequency(phrase, positions) > 0 for phrase in asked)


def _weighted_frequency(phrase: Phrase, positions: Positions) -> float:
    """Occurrences of the phrase, each weighted by its field."""
    *before, last = phrase.words
    ends = [
        at
        for word, where in positions.items()
        if word == last or (phrase.is_prefix and word.startswith(last))
        for at in where
    ]
    starts = [
        {position + distance for position, _ in positions.get(word, ())}
        for distance, word in zip(range(len(before), 0, -1), before, strict=True)
    ]
    return sum(
        FIELD_WEIGHTS[label] for position, label in ends if all(position in ok for ok in starts)
    )
