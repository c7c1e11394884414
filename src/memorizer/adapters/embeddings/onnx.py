"""Embeddings by a model in a folder: any embedding model exported to ONNX."""

import hashlib
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memorizer.adapters.embeddings.local import LocalEmbedder, usable_cores
from memorizer.adapters.embeddings.model_config import ModelFolder, read_folder
from memorizer.adapters.embeddings.onnx_rewrite.protobuf import (
    GRAPH_FIELD,
    NODE_FIELD,
    fields,
    op_type,
)
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

if TYPE_CHECKING:
    from memorizer.adapters.embeddings.onnx_session import OnnxSession

_QUANTISING: Final = {b"DynamicQuantizeLinear", b"DynamicQuantizeMatMul"}
_SAMPLE_COUNT: Final = 64
_SAMPLE_BYTES: Final = 65_536
"""A large file is identified by samples of 4 MB together: hashing half a gigabyte would delay each
command that opens the model."""


class OnnxEmbedder(LocalEmbedder):
    """Implements ports.embeddings.Embedder with a folder's model."""

    def __init__(
        self,
        folder: ModelFolder,
        telemetry: Telemetry,
        *,
        threads: int | None = None,
        timeout_seconds: float = 30.0,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`threads` None: as many as usable cores."""
        super().__init__(
            _name(folder),
            folder.window,
            lambda: load(folder, threads or usable_cores()),
            telemetry,
            prompts=folder.prompts,
            threads=threads or usable_cores(),
            timeout_seconds=timeout_seconds,
            supervisor=supervisor,
        )


def open_folder(
    path: Path,
    telemetry: Telemetry,
    *,
    threads: int | None,
    timeout_seconds: float,
    supervisor: Supervisor | None = None,
) -> OnnxEmbedder:
    """Read the configuration files, blocking; the model loads later. Raises Misconfigured."""
    folder = read_folder(path)
    return OnnxEmbedder(
        folder,
        telemetry,
        threads=threads,
        timeout_seconds=timeout_seconds,
        supervisor=supervisor,
    )


def load(folder: ModelFolder, threads: int) -> "OnnxSession":
    """Load tokenizer and graph, blocking. Raises EmbedderUnavailable and library errors."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - heavy, like the next

    from memorizer.adapters.embeddings.onnx_session import OnnxSession  # noqa: PLC0415
    from memorizer.adapters.embeddings.tokenizer import TextTokenizer  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    tokenizer.no_padding()  # onnx_session pads
    tokenizer.no_truncation()
    tokenizing = TextTokenizer(tokenizer, most=folder.most_tokens)
    return OnnxSession(
        folder.graph,
        tokenizing,
        pooling=folder.pooling,
        threads=threads,
        texts_alone=_computes_in_integers(folder.graph),
    )


def _computes_in_integers(file: Path) -> bool:
    """Whether activations are quantised while the graph runs, with scales of the whole batch."""
    try:
        with file.open("rb") as opened:
            model = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
        graph = next(field.content for field in fields(model) if field.number == GRAPH_FIELD)
        nodes = (field.content for field in fields(graph) if field.number == NODE_FIELD)
        return any(op_type(node) in _QUANTISING for node in nodes)
    except (IndexError, StopIteration, ValueError):
        return False  # not an ONNX file: onnxruntime says so


def _name(folder: ModelFolder) -> str:
    """Return the folder's name with a digest of pooling, prompts, tokenizer and weights."""
    digest = hashlib.sha256()
    parts = (folder.pooling, folder.prompts.query, folder.prompts.document)
    digest.update("\0".join(map(str, parts)).encode())
    weights = sorted(folder.graph.parent.glob(f"{folder.graph.name}[._]data*"))
    for file in (folder.tokenizer, folder.graph, *weights):
        for sample in _samples(file):
            digest.update(sample)
    return f"{folder.path.resolve().name}-{digest.hexdigest()[:8]}"


def _samples(path: Path) -> Iterator[bytes]:
    """Yield a file's size and evenly spaced samples; all of a small file."""
    size = path.stat().st_size
    yield str(size).encode()
    step = max(_SAMPLE_BYTES, size // _SAMPLE_COUNT)
    with path.open("rb") as file:
        for start in range(0, size, step):
            file.seek(start)
            yield file.read(_SAMPLE_BYTES)
