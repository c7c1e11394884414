"""Runs an ONNX graph: tokens to unit vectors. Import it lazily: it loads onnxruntime."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime

from memorizer.adapters.embeddings.batching import Schedule, Tokens
from memorizer.adapters.embeddings.model_config import Pooling
from memorizer.adapters.embeddings.pooling import POOLED, l2_normalise
from memorizer.adapters.embeddings.tokenizer import TextTokenizer
from memorizer.domain.chunking import Span
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.domain.memories import Vector

_POOLED_OUTPUT: Final = "sentence_embedding"
"""An output that needs no pooling: texts x dimensions."""
_OUTPUTS: Final = (_POOLED_OUTPUT, "last_hidden_state", "token_embeddings")
_TYPES: Final = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


class OnnxSession:
    """Implements local.Model. Every method blocks."""

    def __init__(
        self,
        graph: Path | bytes,
        tokenizing: TextTokenizer,
        *,
        pooling: Pooling | None,
        threads: int,
        texts_alone: bool = False,
        precise: bool = False,
    ) -> None:
        """`pooling` None: the graph has a pooled output. Raises EmbedderUnavailable.

        `texts_alone`: every text is run by itself in one thread, `threads` of them side by side.
        Graphs that compute in integers need it, because their scales depend on the whole batch.
        `precise`: no sum of integers overflows, on processors where it might.
        """
        self.schedule = Schedule(threads, batch_tokens=0) if texts_alone else Schedule()
        self._tokenizing = tokenizing
        self._session = open_session(graph, 1 if texts_alone else threads, precise=precise)
        self._types = input_types(self._session)
        self._output = _chosen_output([output.name for output in self._session.get_outputs()])
        if pooling is None and self._output != _POOLED_OUTPUT:
            raise EmbedderUnavailable(
                "The model has a layer that its ONNX file lacks: there is no output "
                f"{_POOLED_OUTPUT}. "
                "Export it as a whole, for example with sentence-transformers' ONNX backend."
            )
        self._pooled = (
            None if self._output == _POOLED_OUTPUT or pooling is None else POOLED[pooling]
        )
        self.dimensions = self._detected_dimensions()

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        return self._tokenizing.encode(texts)

    def spans(self, text: str) -> list[Span]:
        return self._tokenizing.spans(text)

    def run(self, batch: Sequence[Tokens]) -> list[Vector]:
        """Return one unit vector per text, padding left out."""
        if self.schedule.batch_tokens:
            return self._run(batch)
        return [vector for tokens in batch for vector in self._run([tokens])]

    def _run(self, batch: Sequence[Tokens]) -> list[Vector]:
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        (output,) = self._session.run([self._output], self._feeds(ids, mask))
        return l2_normalise(output if self._pooled is None else self._pooled(output, mask))

    def _feeds(self, ids: Any, mask: Any) -> dict[str, Any]:
        possible = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
            "position_ids": np.broadcast_to(np.arange(ids.shape[1]), ids.shape),
        }
        return {name: possible[name].astype(type_) for name, type_ in self._types.items()}

    def _detected_dimensions(self) -> int:
        shape = next(o.shape for o in self._session.get_outputs() if o.name == self._output)
        if shape and isinstance(shape[-1], int):
            return shape[-1]
        return len(self.run(self.encode(["dimensions"]))[0]) // 4


def input_types(session: Any) -> dict[str, Any]:
    """Return the number type of each input by name. Raises EmbedderUnavailable for unknown ones."""
    types = {feed.name: _TYPES.get(feed.type) for feed in session.get_inputs()}
    known = {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
    if strange := sorted(name for name in types if name not in known or types[name] is None):
        raise EmbedderUnavailable(
            f"The model's ONNX file wants inputs that only other kinds of models need: "
            f"{', '.join(strange)[:200]}. Export it for feature extraction, or a reranking model "
            "for text classification."
        )
    return types


def _chosen_output(names: Sequence[str]) -> str:
    """Return the first known output, else the only one. Raises EmbedderUnavailable."""
    known = next((name for name in _OUTPUTS if name in names), None)
    if known is None and len(names) != 1:
        raise EmbedderUnavailable(
            f"The model's ONNX file has the outputs {', '.join(names)[:200]}, "
            f"and none of {', '.join(_OUTPUTS)}. Export it for feature extraction."
        )
    return known or names[0]


def open_session(graph: Path | bytes, threads: int, *, precise: bool = False) -> Any:
    """Open a graph, or raise what onnxruntime raises."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    options.enable_mem_pattern = False  # costs memory for every length of text seen
    if precise:
        options.add_session_config_entry("session.x64quantprecision", "1")
    for kind in ("intra_op", "inter_op"):
        # idle threads must sleep: the machine has other work
        options.add_session_config_entry(f"session.{kind}.allow_spinning", "0")
    source = graph if isinstance(graph, bytes) else str(graph)
    session = onnxruntime.InferenceSession(
        source,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # 20 times slower than what it replaces
    )
    session._model_bytes = None  # noqa: SLF001 - kept for changing providers, which nobody does
    return session
