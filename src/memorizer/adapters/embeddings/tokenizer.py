"""Cuts texts into tokens, with any tokenizer of the `tokenizers` library."""

import re
from collections.abc import Sequence
from typing import Any, Final

from memorizer.adapters.embeddings.batching import Tokens
from memorizer.domain.chunking import Span
from memorizer.domain.errors import TextRejected

_PIECE_CHARACTERS: Final = 20_000
"""Long texts are cut into such pieces, longer than any window: all tokens would take 80 MB."""
_PIECES: Final = re.compile(
    rf".{{1,{_PIECE_CHARACTERS}}}(?!\S)|.{{{_PIECE_CHARACTERS}}}", re.DOTALL
)
"""Pieces end before white space, which is in no token, where there is any."""


class TextTokenizer:
    """The tokenizer of one model. Every method blocks."""

    def __init__(self, tokenizer: Any, *, most: int) -> None:
        """`most`: tokens that the model reads at once, those that mark the ends included."""
        self._tokenizer = tokenizer
        self._max_tokens = most - tokenizer.num_special_tokens_to_add(is_pair=False)

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the token ids of each text, at most a window. Raises TextRejected."""
        return [
            self._with_special_tokens(tokens)
            for tokens in self._encode([text[:_PIECE_CHARACTERS] for text in texts])
        ]

    def spans(self, text: str) -> list[Span]:
        """Return the character span of each token in the text. Raises TextRejected."""
        return [
            (piece.start() + start, piece.start() + end)
            for piece in _PIECES.finditer(text)
            for start, end in self._encode([piece[0]])[0].offsets
        ]

    def _with_special_tokens(self, tokens: Any) -> Tokens:
        """Truncate, and add the tokens that mark the start and the end of a text."""
        tokens.truncate(self._max_tokens)
        ids: list[int] = self._tokenizer.post_process(tokens).ids
        return ids

    def _encode(self, texts: Sequence[str]) -> list[Any]:
        try:
            # unlike `encode`, this lets other threads run meanwhile
            tokens: list[Any] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        except TypeError as error:  # what the library makes of invalid Unicode
            raise TextRejected("The text has a lone surrogate: it is not valid Unicode.") from error
        return tokens
