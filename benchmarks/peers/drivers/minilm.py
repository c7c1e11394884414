"""The embedding model that Memorizer brings, for stores that take one from outside.

As fast as onnxruntime makes it: no padding, and ready vectors for documents that are known.
"""

import sqlite3
from collections.abc import Sequence
from threading import Lock

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import BertWordPieceTokenizer

from benchmarks.peers.drivers.stores import Place

START, END, WINDOW = 101, 102, 254

Vector = NDArray[np.float32]


class MiniLM:
    """Texts in, unit vectors out."""

    def __init__(self, place: Place) -> None:
        self._fresh_queries = place.fresh_queries
        self._tokenizer = BertWordPieceTokenizer(place.vocabulary, lowercase=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = place.threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            place.model, options, providers=["CPUExecutionProvider"]
        )
        self._file = sqlite3.connect(place.kept, timeout=60, check_same_thread=False)
        self._writing = Lock()
        self._kept: dict[str, bytes] = dict(self._file.execute("SELECT text, vector FROM kept"))

    def documents(self, texts: Sequence[str]) -> list[Vector]:
        """A new vector is kept for whoever asks next."""
        if new := {text: self._embed(text).tobytes() for text in texts if text not in self._kept}:
            self._kept |= new
            with self._writing, self._file:
                self._file.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", new.items())
        return [np.frombuffer(self._kept[text], np.float32) for text in texts]

    def document(self, text: str) -> Vector:
        [vector] = self.documents([text])
        return vector

    def query(self, text: str) -> Vector:
        """Embedded each time where its cost is to be counted."""
        return self._embed(text) if self._fresh_queries else self.document(text)

    def _embed(self, text: str) -> Vector:
        tokens = self._tokenizer.encode(text, add_special_tokens=False).ids[:WINDOW]
        ids = np.array([[START, *tokens, END]], np.int64)
        ones, zeros = np.ones_like(ids), np.zeros_like(ids)
        inputs = {"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        vector: Vector = hidden[0].mean(axis=0)
        unit: Vector = vector / np.linalg.norm(vector)
        return unit
