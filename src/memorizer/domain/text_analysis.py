"""Text analysis for full-text search: text to index, and the terms of a query.

An index splits at spaces and punctuation. Scripts written without spaces (Chinese, Japanese,
Thai ...) become overlapping pairs of characters, and other spellings of identifiers, versions and
dates are added. A query becomes words, and phrases where it says that words stand side by side:
in quotes, in `1.2.3`, in `PR #34`.
Both databases index and query through these functions, so they agree.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from memorizer.domain.text_folding import UNSPACED, folded, words_of
from memorizer.domain.text_variants import (
    MONTHS,
    bare_numbers,
    dates_in_words,
    names_of_signs,
    parts_of_identifiers,
    variants,
)

T = TypeVar("T")

STOP_WORDS: Final = frozenset(
    [
        "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be",
        "because", "been", "before", "being", "but", "by", "can", "could", "did", "do", "does",
        "doing", "for", "from", "had", "has", "have", "having", "he", "her", "here", "him", "his",
        "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "more", "most", "my",
        "no", "nor", "not", "of", "on", "once", "only", "or", "other", "our", "out", "over", "own",
        "same", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them",
        "then", "there", "these", "they", "this", "those", "to", "too", "under", "until", "up",
        "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom",
        "why", "will", "with", "would", "you", "your",
    ]
)  # fmt: skip
"""English words that are ignored in queries."""
MAX_QUERY_TERMS: Final = 64
"""Terms that an index is searched for."""
MAX_CANDIDATE_TERMS: Final = 512
"""Terms of a long query among which the most telling are chosen."""
FIRST_TERMS: Final = 8
LAST_TERMS: Final = 24
"""Of a long query the first and the last terms stay, however common: there people put the point."""
MAX_PHRASE_WORDS: Final = 16
MAX_PHRASE_RUN: Final = 10
"""Characters of a script without spaces that are one phrase; longer runs are sentences."""

GAP: Final = "\ue000"
"""A word that nobody asks for, between a text and what is added: no phrase spans it."""

_UNSPACED_RUN: Final = re.compile(f"[{UNSPACED}]+")
_HANGUL: Final = re.compile("[\uac00-\ud7af]")
_CHUNK: Final = re.compile(r"""(?:[^\s"'`,;!?()|’‘“”„«»‹›「」『』【】、。…—]|(?<=\d),(?=\d))+""")
_QUOTED: Final = re.compile(
    # none has its opening sign inside: of many that are not closed, each would look to the end
    r"""(?<!\w)"([^"]+)"|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』"""
    r"""|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)|‘([^‘’]+)’(?!\w)"""
)
_PLAIN: Final = re.compile("[A-Za-z]?[a-z]+|[A-Z]+")
"""The most frequent words, of which there is one spelling."""
_SCHEME: Final = re.compile(r"^[a-z]+://", re.IGNORECASE)
_NOT_COUNTED: Final = STOP_WORDS | {name.lower() for name in MONTHS}


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a query: words that must be adjacent (a phrase).

    Unless the term `is_exact` or is one Latin letter or digit, its last word may go on.
    """

    words: tuple[str, ...]
    is_exact: bool = False

    @property
    def is_prefix(self) -> bool:
        """Whether the last word may go on."""
        return not (self.is_exact or (self.words[0].isascii() and len("".join(self.words)) == 1))

    @property
    def is_stop(self) -> bool:
        """Whether it says nothing."""
        return all(word in STOP_WORDS for word in self.words)

    @property
    def looks_telling(self) -> bool:
        """Whether it is a name or a number rather than a word of prose."""
        return len(self.words) > 1 or not self.words[0].isalpha()


def indexable(text: str) -> str:
    """Return the text with pairs for unspaced scripts.

    Other spellings of names and dates are added.
    """
    text = _composed(text)
    added = list(variants(text))
    return _paired(folded(f" {GAP} ".join([text, *added]) if added else text))


def needs_new_index(text: str) -> bool:
    """Whether `indexable` makes something else of this text than before 30 November 2026."""
    return not text.isascii() or any(True for _ in variants(text))


def terms(query: str) -> list[Term]:
    """Return the terms of a query in its order, without repetition; at most MAX_CANDIDATE_TERMS.

    Stop words are left out unless the query has nothing else. Punctuation gives no term.
    """
    query = _composed(query)
    found = dict.fromkeys(_terms(query))
    telling = [term for term in found if not term.is_stop]
    return _shortened(telling or list(found))


def most_telling(asked: Sequence[T], frequencies: Sequence[float]) -> list[T]:
    """At most MAX_QUERY_TERMS of the terms of a long query: the first, the last and the rarest.

    `frequencies`: in how many memories each term is; those that are in none are left out.
    """
    known = [at for at, frequency in enumerate(frequencies) if frequency]
    rest = sorted(known[FIRST_TERMS:-LAST_TERMS], key=lambda at: frequencies[at])
    edges = known[:FIRST_TERMS] + known[FIRST_TERMS:][-LAST_TERMS:]
    kept = sorted({*edges, *rest[: MAX_QUERY_TERMS - FIRST_TERMS - LAST_TERMS]})
    return [asked[at] for at in kept]


def _shortened(found: list[Term]) -> list[Term]:
    """Return the first and the last, and of those between them names and numbers first."""
    if len(found) <= MAX_CANDIDATE_TERMS:
        return found
    first, last = found[:FIRST_TERMS], found[-LAST_TERMS:]
    between = found[FIRST_TERMS:-LAST_TERMS]
    by_look = sorted(between, key=lambda term: not term.looks_telling)
    kept = set(by_look[: MAX_CANDIDATE_TERMS - FIRST_TERMS - LAST_TERMS])
    return [*first, *(term for term in between if term in kept), *last]


def _terms(query: str) -> Iterator[Term]:
    for quoted in _QUOTED.finditer(query):
        yield from _phrase(_paired_words(quoted[quoted.lastindex or 0]))
    chunks = _CHUNK.findall(query)
    for chunk in dict.fromkeys(chunks):
        if _PLAIN.fullmatch(chunk):
            yield Term((chunk.lower(),))
        else:
            yield from _terms_of_chunk(chunk)
    if not any(map(str.isdecimal, query)):
        return
    yield from _counted(chunks)
    for date in dates_in_words(query):
        yield from _phrase(words_of(date.written))


def _terms_of_chunk(chunk: str) -> Iterator[Term]:
    """Terms of a part of a query without spaces."""
    at = 0
    for run in _UNSPACED_RUN.finditer(chunk):
        yield from _terms_of_spaced(chunk[at : run.start()])
        yield from _terms_of_run(words_of(folded(run[0])))
        at = run.end()
    yield from _terms_of_spaced(chunk[at:])
    yield from _terms_of_variants(chunk)


def _terms_of_run(parts: Iterable[str]) -> Iterator[Term]:
    """Pairs of characters; a run may be a whole sentence, so each pair counts by itself."""
    for part in parts:
        # the lone last character serves the index, not a query of two or more
        pairs = _pairs(part)[:-1] or [part]
        yield from (Term((pair,)) for pair in pairs)
        if len(part) <= MAX_PHRASE_RUN and not _HANGUL.search(part):  # Hangul has endings
            yield from _phrase(pairs)


def _terms_of_spaced(chunk: str) -> Iterator[Term]:
    names = [tuple(words_of(folded(name))) for name in chunk.split("_")]
    is_identifier = "_" in chunk and all(len(words) <= 1 for words in names)
    words = words_of(folded(chunk))
    if is_identifier:
        yield from (Term(tuple(words)) for _ in words[:1])
    else:
        yield from (Term((word,)) for word in words)
        yield from _phrase(words_of(folded(_SCHEME.sub("", chunk))))


def _terms_of_variants(chunk: str) -> Iterator[Term]:
    for name in parts_of_identifiers(chunk):
        parts = _paired_words(name)
        if len(parts) > 1:
            yield Term(tuple(parts))
    for number in bare_numbers(chunk):
        yield from _phrase(words_of(number))
    for name in names_of_signs(chunk):
        yield from (Term((word,), is_exact=True) for word in words_of(folded(name)))


def _counted(chunks: Sequence[str]) -> Iterator[Term]:
    """Yield a word and a number beside it: `port 8080`, `PR #34`, `30 days`."""
    of = [_bare(chunk) for chunk in chunks]
    for before, after in pairwise(of):
        if before and after and before.isdecimal() != after.isdecimal():
            yield Term((before, after), is_exact=True)


def _bare(chunk: str) -> str | None:
    """Return the only word of a chunk; None where a number beside it would say nothing."""
    words = words_of(folded(chunk))
    if len(words) != 1 or words[0] in _NOT_COUNTED or _UNSPACED_RUN.search(chunk):
        return None
    return words[0]


def _phrase(words: Sequence[str]) -> Iterator[Term]:
    if len(words) > 1:
        yield Term(tuple(words[:MAX_PHRASE_WORDS]), is_exact=True)


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _paired_words(text: str) -> list[str]:
    """Return the words of a text as the index has them, except a lone last character."""
    text = folded(text).rstrip()
    words = words_of(_paired(text))
    ends = [run for run in _UNSPACED_RUN.finditer(text) if run.end() == len(text)]
    return words[:-1] if ends and len(ends[0][0]) > 1 else words


def _paired(text: str) -> str:
    """Return the folded text, with pairs of characters for scripts without spaces."""
    if text.isascii():
        return text
    return _UNSPACED_RUN.sub(lambda run: f" {' '.join(_pairs_of_words(run[0]))} ", text)


def _pairs_of_words(run: str) -> list[str]:
    return [pair for word in words_of(run) for pair in _pairs(word)]


def _pairs(run: str) -> list[str]:
    """Overlapping pairs, then the last character alone so that it can be found too."""
    return [run[i : i + 2] for i in range(len(run) - 1)] + [run[-1]]
