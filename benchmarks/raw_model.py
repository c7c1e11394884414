"""The bundled model by itself, as somebody would run it who has nothing else to do.

onnxruntime and the tokenizer, nothing of Memorizer but the files: what Memorizer makes of the
model is measured against this. Idle threads sleep, or they would slow the other side down.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import BertWordPieceTokenizer

from memorizer.adapters.embeddings.bundled import MODEL, VOCABULARY, WINDOW_TOKENS

START: Final = 101
END: Final = 102

Vectors = NDArray[np.float32]


class RawModel:
    """Texts in, unit vectors out."""

    def __init__(self, threads: int) -> None:
        self._tokenizer = BertWordPieceTokenizer(str(VOCABULARY.verified()), lowercase=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(MODEL.verified()), options, providers=["CPUExecutionProvider"]
        )

    def embed(self, texts: Sequence[str], *, batch: int) -> Vectors:
        """One row per text, in order, of its beginning; batches are of texts of similar length."""
        tokens = [[START, *ids[:WINDOW_TOKENS], END] for ids in self._tokens(texts)]
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        vectors = np.empty((len(tokens), 384), np.float32)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            vectors[rows] = self._run([tokens[row] for row in rows])
        return vectors

    def embed_all_of(self, text: str) -> Vectors:
        """One row per window, one after another, so that all of it is read."""
        [ids] = self._tokens([text])
        windows = (
            ids[start : start + WINDOW_TOKENS] for start in range(0, len(ids), WINDOW_TOKENS)
        )
        return np.concatenate([self._run([[START, *window, END]]) for window in windows])

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [each.ids for each in encoded]

    def _run(self, batch: Sequence[Sequence[int]]) -> Vectors:
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        sums = np.einsum("bwd,bw->bd", hidden, mask.astype(np.float32))
        units: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return units
