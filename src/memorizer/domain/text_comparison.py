"""Compares the words of two texts: whether they say the same, or one says otherwise.

The rules are ours; benchmarks/consolidation.py measures them on planted duplicates, replacements
and contradictions.
"""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from memorizer.domain.text_analysis import STOP_WORDS

MAX_TOKENS: Final = 2_000
"""Longer texts are compared by their beginnings, and then nothing is recommended."""
LONG: Final = 25
"""Tokens from which on a few other words do not make another subject."""
MIN_CONTAINED: Final = 4
"""Tokens of a text that another one may contain without chance."""
NEARLY_ALL: Final = 0.85
MOST: Final = 0.75
MANY: Final = 0.7
SOME: Final = 0.4
"""Shares of the tokens that two texts have in common."""
MIN_SUBJECT: Final = 3
"""Words that make a subject."""
SHORT_CHANGE: Final = 8
"""Tokens that differ at most where a negation makes a contradiction."""
MIN_SCORE: Final = 0.6
BY_NUMBER_SCORE: Final = 0.7
REWORDED_SIMILARITY: Final = 0.93
STATEMENT_SIMILARITY: Final = 0.6
MAX_STATEMENT: Final = 60
"""Tokens of a statement that another one replaces by saying so."""
_STEM: Final = 5
"""First letters by which forms of a word are the same."""
_TOKEN: Final = re.compile(r"[^\W_]+(?:[.,'’:/-][^\W_]+)*")
_NUMBER: Final = re.compile(r"\d")
_NEGATION: Final = re.compile(r"not|no|never|none|neither|nor|without|cannot|\w+n['’]t")
_MARKER: Final = re.compile(
    r"\b(?:no longer|not any ?more|any ?more|instead(?: of)?|rather than|replac(?:es|ed|ing)|"
    r"supersed(?:es|ed)|formerly|previously|used to|(?:moved|changed|switched|migrated|renamed|"
    r"raised|lowered|increased|reduced) (?:from|to)|correct(?:ion|ed)|update[d:]|as of|now|"
    r"has changed|since (?:the|then)|statt|nicht mehr|ersetzt)\b",
    re.IGNORECASE,
)
"""Words by which a text says that something else held before."""
_STRONG_MARKER: Final = re.compile(
    r"\b(?:no longer|not any ?more|any ?more|instead of|rather than|replac(?:es|ed|ing)|"
    r"supersed(?:es|ed)|formerly|previously|used to|nicht mehr|"
    r"(?:moved|changed|switched|migrated|renamed|raised|lowered) (?:\w+ ){0,3}from)\b",
    re.IGNORECASE,
)
_MARKER_WORDS: Final = frozenset(
    [
        "longer", "anymore", "any", "more", "instead", "rather", "replaces", "replaced",
        "formerly", "previously", "used", "moved", "changed", "switched", "migrated", "renamed",
        "raised", "lowered", "increased", "reduced", "correction", "corrected", "updated",
        "update", "now", "since", "has", "have", "been",
    ]
)  # fmt: skip


class Relation(StrEnum):
    """What the second text is to the first."""

    SAME = "same"
    """Nothing but case, spaces, punctuation or order differs."""
    CONTAINS = "contains"
    """It says all that the first one says, and more."""
    CONTAINED = "contained"
    SIMILAR = "similar"
    """It says nearly the same in other words."""
    OTHERWISE = "otherwise"
    """It says something else of the same: another number, or a negation."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the second text relates to the first, how sure that is, and the words that differ."""

    relation: Relation
    score: float
    lost: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_by_number(self) -> bool:
        """Whether short texts differ in a number, and neither says that it was another before."""
        return self.relation is Relation.OTHERWISE and self.score == BY_NUMBER_SCORE


@dataclass(frozen=True, slots=True)
class _Difference:
    """The tokens of two texts and those that only one of them has, moved ones in neither."""

    first: list[str]
    second: list[str]
    lost: Counter[str]
    added: Counter[str]
    is_moved: bool

    @property
    def size(self) -> int:
        return min(len(self.first), len(self.second))

    @property
    def shared(self) -> float:
        """The share of the tokens that both have, of the text that has less in common."""
        return min(
            1 - self.lost.total() / len(self.first), 1 - self.added.total() / len(self.second)
        )

    @property
    def words_lost(self) -> set[str]:
        return _words(self.lost)

    @property
    def words_added(self) -> set[str]:
        return _words(self.added)

    @property
    def has_other_numbers(self) -> bool:
        return bool(_numbers(self.lost) and _numbers(self.added))

    @property
    def is_negated(self) -> bool:
        """Whether few tokens differ, and one of them negates."""
        differ = self.lost.total() + self.added.total()
        return differ <= SHORT_CHANGE and _negations(self.lost) != _negations(self.added)


def compare_texts(first: str, second: str, similarity: float) -> Comparison | None:
    """Compare an older text with a newer one; None if they have too little in common.

    `similarity` is the cosine of their vectors.
    """
    one, other = tokens_of(first), tokens_of(second)
    if not one or not other:
        return None
    is_cut = max(len(one), len(other)) > MAX_TOKENS
    one, other = one[:MAX_TOKENS], other[:MAX_TOKENS]
    found = _compare(one, other, second, first, similarity)
    if found is None or found.score < MIN_SCORE:
        return None
    if is_cut and first != second:
        return Comparison(found.relation, min(found.score, 0.8), found.lost, found.added)
    return found


def tokens_of(text: str) -> list[str]:
    """Return the words and numbers of a text, without case."""
    return [token.casefold() for token in _TOKEN.findall(text)]


def _compare(
    one: list[str], other: list[str], second: str, first: str, similarity: float
) -> Comparison | None:
    common = (Counter(one) & Counter(other)).total()
    if common < 0.5 * min(len(one), len(other)):
        return _by_meaning(one, other, first, second, similarity)
    difference = _differ(one, other)
    by_words = _by_words(difference, second, first)
    by_meaning = _by_meaning(one, other, first, second, similarity)
    found = [each for each in (by_words, by_meaning) if each is not None]
    return max(found, key=lambda each: each.score, default=None)


def _differ(one: list[str], other: list[str]) -> _Difference:
    lost: Counter[str] = Counter()
    added: Counter[str] = Counter()
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            lost.update(one[a:b])
            added.update(other[c:d])
    moved = lost & added
    return _Difference(one, other, lost - moved, added - moved, is_moved=bool(moved))


def _by_words(found: _Difference, second: str, first: str) -> Comparison | None:
    lost, added = _shown(found.lost), _shown(found.added)
    if not found.lost and not found.added:
        is_sure = not found.is_moved or found.size >= LONG
        return Comparison(Relation.SAME, 1.0 if is_sure else 0.7)
    if found.has_other_numbers or found.is_negated:
        return Comparison(Relation.OTHERWISE, _otherwise(found, second, first), lost, added)
    if not found.lost:
        return Comparison(
            Relation.CONTAINS, 0.95 if found.size >= MIN_CONTAINED else 0.7, lost, added
        )
    if not found.added:
        return Comparison(
            Relation.CONTAINED, 0.95 if found.size >= MIN_CONTAINED else 0.7, lost, added
        )
    return Comparison(Relation.SIMILAR, _similar(found), lost, added)


def _otherwise(found: _Difference, second: str, first: str) -> float:
    """How sure it is that two texts are about the same and do not agree."""
    if found.size >= LONG:
        return 0.93 if found.shared >= NEARLY_ALL else 0.65 if found.shared >= MANY else 0.0
    says_so = bool(_MARKER.search(second)) and not _MARKER.search(first)
    is_same_subject = not (
        _stems(found.words_lost) - _stems(found.words_added)
        and _stems(found.words_added - _MARKER_WORDS) - _stems(found.words_lost)
    )
    if found.is_negated and not found.has_other_numbers:
        return 0.92 if is_same_subject and found.size >= MIN_SUBJECT else 0.5
    if not is_same_subject or found.shared < SOME:
        return 0.5
    return 0.92 if says_so else BY_NUMBER_SCORE


def _similar(found: _Difference) -> float:
    if found.size >= LONG:
        return 0.93 if found.shared >= NEARLY_ALL else 0.7 if found.shared >= MOST else 0.0
    if not found.words_lost and not found.words_added:
        return 0.92  # none but small words differ
    return 0.65 if found.shared >= MOST else 0.0


def _by_meaning(
    one: list[str], other: list[str], first: str, second: str, similarity: float
) -> Comparison | None:
    """Of texts in other words: one that says that it replaces the other, or a rewording."""
    if (
        similarity >= STATEMENT_SIMILARITY
        and len(one) <= MAX_STATEMENT
        and len(other) <= 2 * MAX_STATEMENT
        and _STRONG_MARKER.search(second)
        and not _MARKER.search(first)
    ):
        words = _words(Counter(one)) | _numbers(Counter(one))
        # a single word that it lacks may be the subject, which is another one then
        if len(words) >= MIN_SUBJECT and _stems(words) <= _stems(set(other)):
            added = _words(Counter(other)) - _words(Counter(one))
            return Comparison(Relation.OTHERWISE, 0.9, (), tuple(sorted(added))[:8])
    if similarity >= REWORDED_SIMILARITY:
        return Comparison(Relation.SIMILAR, 0.65)
    return None


def _words(tokens: Counter[str]) -> set[str]:
    return {
        each
        for each in tokens
        if each not in STOP_WORDS and not _NUMBER.search(each) and not _NEGATION.fullmatch(each)
    }


def _stems(words: set[str]) -> set[str]:
    return {word[:_STEM] for word in words}


def _numbers(tokens: Counter[str]) -> set[str]:
    return {each for each in tokens if _NUMBER.search(each)}


def _negations(tokens: Counter[str]) -> int:
    return sum(count for each, count in tokens.items() if _NEGATION.fullmatch(each)) % 2


def _shown(tokens: Counter[str]) -> tuple[str, ...]:
    telling = [each for each in tokens if each not in STOP_WORDS or _NEGATION.fullmatch(each)]
    return tuple(telling[:8])
