"""A model in a folder: any embedding model that was exported to ONNX."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memorizer.adapters.embeddings.local import LocalEmbedder, usable_cores
from memorizer.adapters.embeddings.model_config import ModelFolder, read_folder
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

if TYPE_CHECKING:
    from memorizer.adapters.embeddings.onnx_session import OnnxSession

_SAMPLES: Final = 64
_SAMPLE: Final = 65_536
"""Bytes. Of a large file so many samples are hashed: 4 MB tell two models apart, and a command
that opens the model only to read a job does not wait until half a gigabyte was read."""


class OnnxEmbedder(LocalEmbedder):
    """A folder's model; its files say how it is used."""

    def __init__(
        self,
        folder: ModelFolder,
        telemetry: Telemetry,
        *,
        threads: int | None = None,
        timeout_seconds: float = 30.0,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`threads`: all usable cores if not said."""
        super().__init__(
            _name(folder),
            folder.window,
            lambda: load(folder, threads or usable_cores()),
            telemetry,
            prompts=folder.prompts,
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
    """Read the folder's descriptions; blocks. Raises Misconfigured."""
    folder = read_folder(path)
    return OnnxEmbedder(
        folder,
        telemetry,
        threads=threads,
        timeout_seconds=timeout_seconds,
        supervisor=supervisor,
    )


def load(folder: ModelFolder, threads: int) -> "OnnxSession":
    """Load tokenizer and graph. Raises EmbedderUnavailable, and what the two libraries raise."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - heavy, like the next

    from memorizer.adapters.embeddings.onnx_session import OnnxSession  # noqa: PLC0415
    from memorizer.adapters.embeddings.tokenizer import Tokenizing  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    tokenizer.no_padding()  # batches are put together elsewhere
    tokenizer.no_truncation()
    tokenizing = Tokenizing(tokenizer, most=folder.most_tokens)
    return OnnxSession(folder.graph, tokenizing, pooling=folder.pooling, threads=threads)


def _name(folder: ModelFolder) -> str:
    """The folder's name, and a digest of all that shapes a vector."""
    digest = hashlib.sha256()
    parts = (folder.pooling, folder.prompts.query, folder.prompts.document)
    digest.update("\0".join(map(str, parts)).encode())
    weights = sorted(folder.graph.parent.glob(f"{folder.graph.name}[._]data*"))
    for file in (folder.tokenizer, folder.graph, *weights):
        for sample in _samples(file):
            digest.update(sample)
    return f"{folder.path.resolve().name}-{digest.hexdigest()[:8]}"


def _samples(path: Path) -> Iterator[bytes]:
    """The size and samples from all over the file; all of it if it is small."""
    size = path.stat().st_size
    yield str(size).encode()
    step = max(_SAMPLE, size // _SAMPLES)
    with path.open("rb") as file:
        for start in range(0, size, step):
            file.seek(start)
            yield file.read(_SAMPLE)
