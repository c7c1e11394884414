"""Relevance: how probable it is that a hit answers the query, and not only that it is the best.

The product of two logistic models (docs/decisions/0037 says why): that the store answers the query
at all, from the best of its hits, and that this hit does, compared with the other hits. What they
look at means the same in a store of ten memories and of a million, and for one word and a page.
The coefficients are in relevance_model.py, which `python -m benchmarks.relevance` writes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log
from typing import Final, Self

from memorizer.domain import relevance_model as model
from memorizer.domain.memories import Content

SHARE_WEIGHT: Final = 0.3
"""Bonus for containing all words of the query, in units of cosine."""
MISSING_WEIGHT: Final = 0.2
"""Penalty for containing none of the query's names, in units of cosine."""
ANSWERED: Final = 0.32
"""Relevance of the best hit from which a query counts as answered: with it nine of ten queries that
no memory answers are answered with nothing."""
LIKELY: Final = 0.06
"""Relevance from which other hits of an answered query are worth reading. Few of those just above
it are right, but they are few: they cost 0.05 of precision and bring 0.02 of recall."""
STRONG: Final = 0.6
NEAR_DUPLICATE: Final = 0.71
"""How far it is from the cosine of related texts to that of equal ones: 0.88 with the bundled
model, where no judged set loses more than 0.0005 of nDCG@10; at 0.85 questions lose 0.0014."""
MAX_NAMES: Final = 16
MAX_COUNTED_WORDS: Final = 32
"""Of a query: a pasted page is no clearer than a sentence of so many."""
_MAX_LATIN: Final = "\u024f"

_WORD: Final = re.compile(r"""[^\s,;?!()"“”'‘’`]+""")  # noqa: RUF001 - quotes
_COMPOUND: Final = re.compile(r"\w[-_./:@\\]\w")
_HYPHENATED: Final = re.compile(r"[a-z]+(-[a-z]+)+")


class Match(StrEnum):
    """What to make of a hit: take it, read it, or leave it."""

    STRONG = "strong"
    LIKELY = "likely"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one hit.

    `similarity`: the cosine on the scale of the bundled model, None if it has no vector;
    `share`: of the query's terms, those that full text matched; `score`: its place in the fused
    ranking, 0 to 1; `missing`: of the query's names, the share that does not stand in the memory;
    `missing_numbers`: the same of the names with a digit, which no paraphrase replaces.
    """

    similarity: float | None
    share: float
    score: float
    missing: float
    missing_numbers: float = 0.0

    @property
    def strength(self) -> float:
        """Return one measure of it all, as a cosine with something added and taken off."""
        found = (self.similarity or 0.0) + SHARE_WEIGHT * self.share
        return found - MISSING_WEIGHT * self.missing


@dataclass(frozen=True, slots=True)
class SimilarityScale:
    """Maps the cosines of one embedding model to those of the bundled one.

    `unrelated`, `related`: its mean cosine of texts that have nothing to do with each other, and of
    questions with their answers.
    """

    unrelated: float = model.UNRELATED
    related: float = model.RELATED

    def scaled(self, cosine: float) -> float:
        """Return the cosine that the bundled model would have given, roughly."""
        place = (cosine - self.unrelated) / (self.related - self.unrelated)
        return model.UNRELATED + place * (model.RELATED - model.UNRELATED)

    @property
    def near_duplicate(self) -> float:
        """Return the cosine from which two texts say nearly the same; equal ones have 1."""
        return self.related + NEAR_DUPLICATE * (1 - self.related)


def names_in(query: str) -> list[str]:
    """Return the words of a query that name one thing: numbers, identifiers, paths, proper names.

    Case-folded. A capital at the beginning of a sentence is no sign of a name.
    """
    found: dict[str, None] = {}
    begins = True
    for match in _WORD.finditer(query):
        word = match[0].strip(".:…")
        if word and _is_name(word, begins=begins):
            found[word.casefold()] = None
        begins = match[0].endswith((".", ":")) or query[match.end() : match.end() + 1] in {"?", "!"}
    return list(found)[:MAX_NAMES]


def _is_name(word: str, *, begins: bool) -> bool:
    if any(char.isdigit() for char in word) or any(char.isupper() for char in word[1:]):
        return True
    if _COMPOUND.search(word):
        return _HYPHENATED.fullmatch(word) is None
    return word[0].isupper() and not begins and word != "I"


@dataclass(frozen=True, slots=True)
class QueryWords:
    """What of a query is looked for in the memories that were found."""

    names: Sequence[str]
    numbers: Sequence[str]

    @classmethod
    def of(cls, query: str) -> Self:
        """Find the names of a query, and those of them that have a digit."""
        names = names_in(query)
        return cls(names, [name for name in names if any(char.isdigit() for char in name)])

    def evidence(
        self, content: Content, similarity: float | None, share: float, score: float
    ) -> Evidence:
        """Return what is known of a hit."""
        text = ""
        if self.names:
            text = " ".join([content.title or "", *content.tags, content.text]).casefold()
        return Evidence(
            similarity,
            share,
            score,
            missing=_missing_share(self.names, text),
            missing_numbers=_missing_share(self.numbers, text),
        )


def _missing_share(names: Sequence[str], folded: str) -> float:
    """Return the share of names that do not stand in the text; 0 if there are no names."""
    absent = [name for name in names if name not in folded and name.removesuffix("s") not in folded]
    return len(absent) / max(1, len(names))


def relevance(query: str, hits: Sequence[Evidence]) -> list[float]:
    """Return the relevance of each hit of one answer, which are given best first."""
    if not hits:
        return []
    if all(hit.similarity is None for hit in hits):
        answered = _logistic(model.ANSWERED_BY_WORDS, answer_features(query, hits))
        each = [_logistic(model.HIT_BY_WORDS, row) for row in hit_features(hits)]
    else:
        answered = _logistic(model.ANSWERED, answer_features(query, hits))
        each = [_logistic(model.HIT, row) for row in hit_features(hits)]
    return [answered * one for one in each]


def matches(hits: Sequence[Evidence], relevances: Sequence[float]) -> list[Match]:
    """Return what to make of each hit of one answer.

    In an answered query, what has every word of it is never weak.
    """
    is_answered = max(relevances, default=0.0) >= ANSWERED
    return [
        _match(value, is_likely=is_answered and (value >= LIKELY or hit.share == 1))
        for hit, value in zip(hits, relevances, strict=True)
    ]


def _match(value: float, *, is_likely: bool) -> Match:
    if value >= STRONG:
        return Match.STRONG
    return Match.LIKELY if is_likely else Match.WEAK


def answer_features(query: str, hits: Sequence[Evidence]) -> list[float]:
    """Return the features of an answer: the best that any of its hits has, and what was asked."""
    words = len(_WORD.findall(query))
    beyond = _share_beyond_latin(query)
    # to a model that knows little but English, all texts of another script are near
    nearest = max(hit.similarity or 0.0 for hit in hits)
    best = min(max(nearest, 0.0), 1.0) * (1 - beyond)  # those of other models may lie beyond
    share = max(hit.share for hit in hits)
    fewest_missing = min(hit.missing for hit in hits)
    named = len(names_in(query)) / max(1, words)
    scores = sorted(hit.score for hit in hits)
    return [
        best,
        best**2,
        best * log(min(max(words, 1), MAX_COUNTED_WORDS)),
        share,
        beyond * share,
        named * fewest_missing,
        named * (1 - fewest_missing),
        min(hit.missing_numbers for hit in hits),
        hits[0].strength,
        scores[-1] - scores[max(0, len(scores) - 2)],
    ]


def hit_features(hits: Sequence[Evidence]) -> list[list[float]]:
    """Return the features of each hit: its own, and its distance to others of the answer."""
    strongest = max(hit.strength for hit in hits)
    first = max(hit.score for hit in hits)
    following = [hit.score for hit in (*hits[1:], hits[-1])]
    return [
        [
            hit.strength,
            hit.strength - strongest,
            hit.score - first,
            hit.score - after,
            hit.score / first if first else 0.0,
            float(hit.share == 1),
            float(hit.score == first),
            float(hit.strength == strongest),
            hit.missing_numbers,
        ]
        for hit, after in zip(hits, following, strict=True)
    ]


def _share_beyond_latin(query: str) -> float:
    letters = [char for char in query if char.isalpha()]
    return sum(char > _MAX_LATIN for char in letters) / len(letters) if letters else 0.0


def _logistic(coefficients: Sequence[float], features: Sequence[float]) -> float:
    """`coefficients`: the constant first."""
    constant, *weights = coefficients
    total = constant + sum(map(_product, weights, features))
    return 1 / (1 + exp(-total))


def _product(weight: float, feature: float) -> float:
    return weight * feature
