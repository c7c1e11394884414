"""The best phrase of the memory's own text: no language model, instant, never invents a word."""

import operator
import re
import struct
import unicodedata
from collections.abc import Sequence
from typing import Final

from memorizer.adapters.titles import markup, non_prose, shorten
from memorizer.adapters.titles.phrases import Phrase, phrases, sentences
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import Content, Vector
from memorizer.ports.embeddings import Embedder

_HEADINGS_WITHIN: Final = 20_000
_BEGINNING: Final = 2_000
"""Characters. Who has not said by then what it is about will not say it in a title's words."""
_MOST_SENTENCES: Final = 8
_MOST_COMPARED: Final = 6
"""Each costs a few milliseconds of the model."""

# What speaks for a phrase, beside its closeness to the whole text (0-1); tuned by reading titles.
_FIRST: Final = 0.60
_LATER: Final = 0.70
_LENGTH: Final = 0.25
_ALONE: Final = 0.35
_FEW_WORDS: Final = 3
_POINTING: Final = -0.20
_POINTS_BACK: Final = re.compile(
    r"(?i)(?:it|its|it's|this|these|that|they|them|their|he|she|his|her|such|there|which|here|of"
    r"|at|by|into|from)\b"
)
"""Words that begin a phrase which needs the one before it."""


class ExtractiveTitleWriter:
    """Implements ports.titles.TitleWriter."""

    name = "extractive"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def model(self) -> str:
        """The embedding model, which judges how apt a phrase is."""
        return self._embedder.name

    async def check(self) -> str:
        return f"{self.name}, the best phrase of the text itself"

    async def write(self, content: Content) -> str:
        candidates = outline(content.text)
        if not candidates:
            raise TextRejected("The text has no letter, digit or symbol to make a title of.")
        return (await self._best(content.text, candidates)).text

    async def _best(self, text: str, candidates: Sequence[Phrase]) -> Phrase:
        candidates = sorted(candidates, key=_fitness, reverse=True)[:_MOST_COMPARED]
        if len(candidates) == 1:
            return candidates[0]
        texts = [text[:_BEGINNING], *(phrase.text for phrase in candidates)]
        try:
            whole, *parts = await self._embedder.embed_documents(texts)
        except (EmbedderUnavailable, TextRejected):
            return candidates[0]  # honest still, if less apt
        scores = (_cosine(whole, part) for part in parts)
        return max(
            zip(candidates, scores, strict=True), key=lambda pair: _fitness(pair[0]) + pair[1]
        )[0]


def outline(text: str) -> list[Phrase]:
    """What could be the title of this text, in reading order; one phrase if it is plain."""
    text = text[:_HEADINGS_WITHIN].replace("\r\n", "\n").replace("\r", "\n")
    if (named := markup.heading(text)) and (title := _title(named)):
        return [Phrase(title, 0)]
    beginning = text[:_BEGINNING]
    if own := _of_artefact(beginning):
        return [Phrase(own, 0)]
    plain = markup.plain(non_prose.before_trace(beginning))
    return phrases(plain, most=_MOST_SENTENCES) or _symbols(beginning)


def _of_artefact(text: str) -> str | None:
    if shorten.has_alnum(markup.plain(text)):
        code, prose = text, non_prose.before_trace(text)
    else:
        code, prose = markup.fenced(text), ""
    named = non_prose.of_address(text) or non_prose.of_json(code) or non_prose.of_settings(code)
    if named is None and not shorten.has_alnum(prose):
        named = non_prose.of_trace(code)
    named = named or non_prose.of_code(code) or (None if prose else code)
    return _title(named) if named else None


def _title(line: str) -> str:
    words = markup.plain(line).strip()
    first = next(sentences(" ".join(words.split())), "")
    return shorten.as_title(shorten.strip_decoration(first))


def _symbols(text: str) -> list[Phrase]:
    """The text itself, if it has at least a sign that means something: an emoji, a currency."""
    if not any(unicodedata.category(character)[0] in "LNS" for character in text):
        return []
    words = " ".join(text.split())
    return [
        Phrase(
            shorten.as_title(shorten.strip_decoration(words)) or shorten.truncate_columns(words), 0
        )
    ]


def _fitness(phrase: Phrase) -> float:
    """What speaks for a phrase, whatever the text is about."""
    return (
        _FIRST * _LATER**phrase.position
        + _LENGTH * _fit_of_length(phrase.text)
        + _ALONE * (phrase.alone and phrase.position == 0)
        + _POINTING * bool(_POINTS_BACK.match(phrase.text))
    )


def _fit_of_length(title: str) -> float:
    """1 for 20 to 70 columns and at least three words (where words have spaces between them)."""
    width = shorten.columns(title)
    fit = min(width / 20, 1.0, (100 - width) / 30)
    is_spaced = width == len(title)
    return fit * (0.6 if is_spaced and title.count(" ") + 1 < _FEW_WORDS else 1.0)


def _cosine(one: Vector, other: Vector) -> float:
    """Of two unit vectors."""
    shape = f"<{len(one) // 4}f"
    total: float = sum(map(operator.mul, struct.unpack(shape, one), struct.unpack(shape, other)))
    return total
