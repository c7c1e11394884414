"""Titles by extraction: the best phrase of the text, without a language model."""

import operator
import re
import struct
import unicodedata
from collections.abc import Sequence
from typing import Final

from memorizer.adapters.titles import markup, shorten
from memorizer.adapters.titles.non_prose.code import code_title
from memorizer.adapters.titles.non_prose.data import json_title, settings_title, url_title
from memorizer.adapters.titles.non_prose.stack_trace import (
    stack_trace_title,
    text_before_stack_trace,
)
from memorizer.adapters.titles.phrases import Phrase, phrases, sentences
from memorizer.domain.editing import with_plain_ends
from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import Content, Vector
from memorizer.ports.embeddings import Embedder

_HEADING_CHARACTERS: Final = 20_000
_BODY_CHARACTERS: Final = 2_000
"""Phrases are taken from the beginning of a text only."""
_MAX_SENTENCES: Final = 8
_MAX_CANDIDATES: Final = 4
"""Embedded to compare them with the text, a few milliseconds each."""
_MAX_GAP: Final = 0.35
"""Below the best by more than this, a candidate is not embedded: similarity rarely makes up for it.
808 of 808 titles are those of 6 candidates without a gap; 2.3 instead of 3.6 are embedded."""

# Weights that are added to the similarity of phrase and text (0-1); tuned by reading titles.
_POSITION_WEIGHT: Final = 0.60
_POSITION_DECAY: Final = 0.70
_LENGTH_WEIGHT: Final = 0.25
_OWN_LINE_WEIGHT: Final = 0.35
_MIN_WORDS: Final = 3
_BACK_REFERENCE_WEIGHT: Final = -0.20
_BACK_REFERENCE: Final = re.compile(
    r"(?i)(?:it|its|it's|this|these|that|they|them|their|he|she|his|her|such|there|which|here|of"
    r"|at|by|into|from)\b"
)
"""First words of a phrase that cannot be understood without the one before."""


class ExtractiveTitleWriter:
    """Implements ports.titles.TitleWriter."""

    name = "extractive"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def model(self) -> str:
        """The embedding model, which compares phrases with the text."""
        return self._embedder.name

    async def check(self) -> str:
        return f"{self.name}, the best phrase of the text itself"

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        candidates = outline(content.text)
        if not candidates:
            raise TextRejected("The text has no letter, digit or symbol to make a title of.")
        if known is None or known.model != self.model:
            known = KnownVectors(self.model)
        return (await self._best(content.text, _fittest(candidates), known)).text

    async def _best(self, text: str, candidates: Sequence[Phrase], known: KnownVectors) -> Phrase:
        if len(candidates) == 1:
            return candidates[0]
        texts = [phrase.text for phrase in candidates]
        beginning = [text[:_BODY_CHARACTERS]] if known.beginning is None else []
        try:
            vectors = await self._embedder.embed_documents([*texts, *beginning])
        except (EmbedderUnavailable, TextRejected):
            return candidates[0]  # chosen without the comparison
        known.by_text.update(zip(texts, vectors, strict=False))
        whole = known.beginning or vectors[-1]
        scores = (_cosine(whole, known.by_text[each]) for each in texts)
        return max(
            zip(candidates, scores, strict=True), key=lambda pair: _fitness(pair[0]) + pair[1]
        )[0]


def outline(text: str) -> list[Phrase]:
    """Return candidates in reading order; only one where the text itself names its title."""
    text = with_plain_ends(text[:_HEADING_CHARACTERS])
    if (named := markup.heading(text)) and (title := _title(named)):
        return [Phrase(title, 0)]
    beginning = text[:_BODY_CHARACTERS]
    if own := _non_prose_title(beginning):
        return [Phrase(own, 0)]
    plain = markup.plain(text_before_stack_trace(beginning))
    return phrases(plain, most=_MAX_SENTENCES) or _symbols(beginning)


def _non_prose_title(text: str) -> str | None:
    if shorten.has_alnum(markup.plain(text)):
        code, prose = text, text_before_stack_trace(text)
    else:
        code, prose = markup.fenced(text), ""
    named = url_title(text) or json_title(code) or settings_title(code)
    if named is None and not shorten.has_alnum(prose):
        named = stack_trace_title(code)
    named = named or code_title(code) or (None if prose else code)
    return _title(named) if named else None


def _title(line: str) -> str:
    words = markup.plain(line).strip()
    first = next(sentences(" ".join(words.split())), "")
    title = shorten.as_title(shorten.strip_decoration(first))
    return shorten.with_question_mark(title, first)


def _symbols(text: str) -> list[Phrase]:
    """Return the text itself, if it has a letter, number or symbol such as an emoji."""
    if not any(unicodedata.category(character)[0] in "LNS" for character in text):
        return []
    words = shorten.one_line(text)
    return [
        Phrase(
            shorten.as_title(shorten.strip_decoration(words)) or shorten.truncate_columns(words), 0
        )
    ]


def _fittest(candidates: Sequence[Phrase]) -> list[Phrase]:
    """Return the candidates that may be the best, fittest first."""
    fittest = sorted(candidates, key=_fitness, reverse=True)[:_MAX_CANDIDATES]
    least = _fitness(fittest[0]) - _MAX_GAP
    return [phrase for phrase in fittest if _fitness(phrase) >= least]


def _fitness(phrase: Phrase) -> float:
    """Rate a phrase by position, length, own line and back references."""
    return (
        _POSITION_WEIGHT * _POSITION_DECAY**phrase.position
        + _LENGTH_WEIGHT * _fit_of_length(phrase.text)
        + _OWN_LINE_WEIGHT * (phrase.alone and phrase.position == 0)
        + _BACK_REFERENCE_WEIGHT * bool(_BACK_REFERENCE.match(phrase.text))
    )


def _fit_of_length(title: str) -> float:
    """Rate the length: 1 for 20 to 70 columns and at least _MIN_WORDS words separated by spaces."""
    width = shorten.columns(title)
    fit = min(width / 20, 1.0, (100 - width) / 30)
    is_spaced = width == len(title)
    return fit * (0.6 if is_spaced and title.count(" ") + 1 < _MIN_WORDS else 1.0)


def _cosine(one: Vector, other: Vector) -> float:
    """Return the cosine similarity of two unit vectors."""
    shape = f"<{len(one) // 4}f"
    total: float = sum(map(operator.mul, struct.unpack(shape, one), struct.unpack(shape, other)))
    return total
