"""Cuts from a text the part that a search query is about."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

MAX_SNIPPET: Final = 160  # characters
_CONTEXT: Final = 40
"""Characters before the first match that are shown if there are as many."""
_MAX_WORDS: Final = 64
_MAX_PLACES: Final = 20
"""Places of one word that are looked at: a word that comes more often tells little."""
_MIN_STEM: Final = 4
_ENDING: Final = 3
"""Characters at the end of a word that need not be equal: `deploys` finds `deployment`."""
_UNSPACED: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7af\uf900-\ufaff]"
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def snippet(text: str, query: str) -> str:
    """Return one line of at most MAX_SNIPPET characters around the words of the query.

    The part with the most and the rarest of them is taken; without any, the beginning. "…" stands
    where the text was cut.
    """
    start = max(0, _best_place(text, query) - _CONTEXT)
    if start:
        space = text.find(" ", start, start + _CONTEXT)
        start = space + 1 if space >= 0 else start
    words = _one_line(text[start : start + 2 * MAX_SNIPPET])
    front = "…" if start and text[:start].strip() else ""
    is_whole = len(words) <= MAX_SNIPPET - len(front) and len(text) <= start + 2 * MAX_SNIPPET
    return f"{front}{words}" if is_whole else f"{front}{_cut(words, MAX_SNIPPET - len(front) - 1)}…"


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _cut(line: str, length: int) -> str:
    """Cut at the last space, unless that loses a fifth; never before an accent or a joiner."""
    if len(line) <= length:
        return line
    space = line.rfind(" ", length * 4 // 5, length + 1)
    end = space if space > 0 else length
    while end > 1 and not (line[end].isalnum() or line[end].isspace()) and line[end] > "\u02ff":
        end -= 1
    return line[:end].rstrip()


def _best_place(text: str, query: str) -> int:
    """Return where the part with the most and rarest words of the query begins; 0 without any."""
    lower = text.lower()
    if len(lower) != len(text):  # some letters become two
        lower = text
    found: list[tuple[int, str, float]] = []
    for word in list(dict.fromkeys(_stems(query.lower())))[:_MAX_WORDS]:
        places = _places(lower, word)
        found += [(place, word, 1 / len(places)) for place in places]
    found.sort()
    best, best_score = 0, 0.0
    for index, (place, _, _) in enumerate(found):
        window = {
            word: weight
            for at, word, weight in found[index : index + _MAX_WORDS]
            if at <= place + MAX_SNIPPET - _CONTEXT - len(word)
        }
        if (score := sum(window.values())) > best_score:
            best, best_score = place, score
    return best


def _stems(query: str) -> Iterator[str]:
    for word in re.findall(r"\w+", query):
        if _UNSPACED.search(word) and len(word) > 1:
            yield from (one + other for one, other in pairwise(word))
        else:
            yield word[: max(_MIN_STEM, len(word) - _ENDING)]


def _places(text: str, stem: str) -> list[int]:
    """Return the first places of a stem at the beginning of a word."""
    places: list[int] = []
    at = text.find(stem)
    while at >= 0 and len(places) < _MAX_PLACES:
        if not at or not text[at - 1].isalnum() or _UNSPACED.match(stem):
            places.append(at)
        at = text.find(stem, at + len(stem))
    return places
