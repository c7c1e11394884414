"""Texts to tokens, with any tokenizer of the `tokenizers` library."""

import re
from collections.abc import Sequence
from typing import Any, Final

from memorizer.adapters.embeddings.batching import Tokens
from memorizer.domain.chunking import Span
from memorizer.domain.errors import TextRejected

_PIECE: Final = 20_000
"""Characters. The tokens of a long text at once would take 80 MB; no window holds a piece."""
_PIECES: Final = re.compile(rf".{{1,{_PIECE}}}(?!\S)|.{{{_PIECE}}}", re.DOTALL)
"""Cuts at white space, which is in no token, wherever there is some."""


class Tokenizing:
    """Cuts texts into the tokens of one model. Every method blocks."""

    def __init__(self, tokenizer: Any, *, most: int) -> None:
        """`most`: the longest sequence the model reads, the tokens at its ends included."""
        self._tokenizer = tokenizer
        self._room = most - tokenizer.num_special_tokens_to_add(is_pair=False)

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, cut to what the model reads. Raises TextRejected."""
        return [self._ended(tokens) for tokens in self._encode([text[:_PIECE] for text in texts])]

    def spans(self, text: str) -> list[Span]:
        """Where each token stands in the text. Raises TextRejected."""
        return [
            (piece.start() + start, piece.start() + end)
            for piece in _PIECES.finditer(text)
            for start, end in self._encode([piece[0]])[0].offsets
        ]

    def _ended(self, tokens: Any) -> Tokens:
        """With the tokens that mark the start and the end of a text."""
        tokens.truncate(self._room)
        ids: list[int] = self._tokenizer.post_process(tokens).ids
        return ids

    def _encode(self, texts: Sequence[str]) -> list[Any]:
        try:
            # unlike `encode`, this lets other threads run meanwhile
            tokens: list[Any] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        except TypeError as error:  # what the library makes of invalid Unicode
            raise TextRejected("The text has a lone surrogate: it is not valid Unicode.") from error
        return tokens
