"""The model itself: texts to tokens, tokens to unit vectors. Importing this is heavy: go lazily."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import BertWordPieceTokenizer

from memorizer.adapters.embeddings.batching import Tokens
from memorizer.adapters.embeddings.word_table import looked_up_first
from memorizer.domain.chunking import Span
from memorizer.domain.errors import TextRejected
from memorizer.domain.memories import Vector

_START: Final = 101
_END: Final = 102
_PIECE: Final = 20_000
"""Characters. The tokens of a long text at once would take 80 MB; no window holds a piece."""
_PIECES: Final = re.compile(rf".{{1,{_PIECE}}}(?!\S)|.{{{_PIECE}}}", re.DOTALL)
"""Cuts at white space, which is in no token, wherever there is some."""


class MiniLM:
    """all-MiniLM-L6-v2 in memory. Every method blocks."""

    def __init__(self, model: Path, vocabulary: Path, *, window: int, threads: int) -> None:
        self._window = window
        self._tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self._session = _session(model, threads)

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text, cut to the window. Raises TextRejected."""
        beginnings = [text[:_PIECE] for text in texts]
        return [[_START, *tokens.ids[: self._window], _END] for tokens in self._encode(beginnings)]

    def spans(self, text: str) -> list[Span]:
        """Where each token stands in the text. Raises TextRejected."""
        return [
            (piece.start() + start, piece.start() + end)
            for piece in _PIECES.finditer(text)
            for start, end in self._encode([piece[0]])[0].offsets
        ]

    def run(self, batch: Sequence[Tokens]) -> list[Vector]:
        """The mean of each text's token vectors, padding left out, scaled to length one."""
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        # the sum has the direction of the mean, and only the direction is kept
        sums = np.einsum("bwd,bw->bd", hidden, mask.astype(np.float32))
        units = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return [Vector(unit.astype("<f4").tobytes()) for unit in units]

    def _encode(self, texts: Sequence[str]) -> list[Any]:
        try:
            # unlike `encode`, this lets other threads run meanwhile
            tokens: list[Any] = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        except TypeError as error:  # what the library makes of invalid Unicode
            raise TextRejected("The text has a lone surrogate: it is not valid Unicode.") from error
        return tokens


def _session(model: Path, threads: int) -> Any:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    options.enable_mem_pattern = False  # costs memory for every length of text seen
    for kind in ("intra_op", "inter_op"):
        # idle threads must sleep: the machine has other work
        options.add_session_config_entry(f"session.{kind}.allow_spinning", "0")
    graph = looked_up_first(model.read_bytes())
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    session._model_bytes = None  # noqa: SLF001 - kept for changing providers, which nobody does
    return session
