"""Cutting a text into overlapping pieces that fit an embedding model's window."""

from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[int, int]
"""Start and end of one token in the text, in characters."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a text, with its place in it."""

    number: int
    text: str


def chunk(text: str, tokens: Sequence[Span], *, window: int, overlap: int) -> list[Chunk]:
    """Cut `text` into pieces of at most `window` tokens that share `overlap` tokens.

    Every token lies in at least one piece; a text without tokens is one piece as it is.
    """
    if window < 1 or not 0 <= overlap < window:
        raise ValueError(f"window {window} and overlap {overlap} cannot make progress")
    if len(tokens) <= window:
        return [Chunk(0, text)]
    pieces: list[Chunk] = []
    start = 0
    while True:
        end = min(start + window, len(tokens))
        pieces.append(Chunk(len(pieces), text[tokens[start][0] : tokens[end - 1][1]]))
        if end == len(tokens):
            return pieces
        start = end - overlap


def about(text: str, place: int, count: int, *, window: int, overlap: int) -> str:
    """Roughly the piece at `place` (from 0) of the `count` that `chunk` made, and a little more.

    It needs no tokens, which take longer to find than a model to read a piece: all are taken to
    have as many characters, and the last piece to be half full.
    """
    step = window - overlap
    per_token = len(text) / (step * (count - 1) + window - step / 2)
    start = max(0, int((step * place - overlap) * per_token))
    return text[start : int((step * place + window + overlap) * per_token)]
