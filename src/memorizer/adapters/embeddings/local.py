"""Running a model in this process: loaded late and off the event loop, shared by all callers."""

import asyncio
import contextlib
import ctypes
import os
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from memorizer.adapters.embeddings.batching import Batcher, Tokens
from memorizer.adapters.embeddings.prompts import Prompts
from memorizer.domain.chunking import Span
from memorizer.domain.errors import EmbedderUnavailable, MemorizerError
from memorizer.domain.memories import Vector
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

INLINE_CHARACTERS: Final = 4_000
"""Up to this many are cut into tokens (1 ms) sooner than a thread would answer."""


class Model(Protocol):
    """A model in memory. Every method blocks."""

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """The tokens of each text as the model reads them. Raises TextRejected."""
        ...

    def spans(self, text: str) -> list[Span]:
        """Where each token stands in the text. Raises TextRejected."""
        ...

    def run(self, batch: Sequence[Tokens]) -> list[Vector]:
        """One unit vector for each text."""
        ...


class LocalEmbedder:
    """Implements ports.embeddings.Embedder. The first text loads the model, in a thread."""

    def __init__(
        self,
        name: str,
        window: int,
        load: Callable[[], Model],
        telemetry: Telemetry,
        *,
        prompts: Prompts = Prompts(),  # noqa: B008 - it cannot change
        dimensions: int | None = None,
        timeout_seconds: float = 30.0,
        supervisor: Supervisor | None = None,
    ) -> None:
        """Without `dimensions`, asking for them loads the model."""
        self.name = name
        self.window = window
        self._load_now = load
        self._prompts = prompts
        self._dimensions = dimensions
        self._batcher = Batcher(
            self._run, telemetry, timeout_seconds=timeout_seconds, supervisor=supervisor
        )
        self._model: Model | None = None
        self._loading: asyncio.Task[Model] | None = None

    async def dimensions(self) -> int:
        return self._dimensions or (await self._loaded()).dimensions

    async def tokens(self, text: str) -> Sequence[Span]:
        model = await self._loaded()
        if len(text) <= INLINE_CHARACTERS:
            return model.spans(text)
        return await asyncio.to_thread(model.spans, text)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        prompted = [self._prompts.document + text for text in texts]
        return await self._batcher.documents(await self._encode(prompted))

    async def embed_query(self, text: str) -> Vector:
        (tokens,) = await self._encode([self._prompts.query + text])
        return await self._batcher.query(tokens)

    async def close(self) -> None:
        """Let the running batch end and stop the thread; what waits is refused."""
        await self._batcher.close()

    async def _encode(self, texts: Sequence[str]) -> list[Tokens]:
        model = await self._loaded()
        if sum(map(len, texts)) <= INLINE_CHARACTERS:
            return model.encode(texts)
        return await asyncio.to_thread(model.encode, texts)

    async def _loaded(self) -> Model:
        """The model. Callers that come while it loads share one load."""
        if self._model is not None:
            return self._model
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> Model:
        try:
            self._model = await asyncio.to_thread(self._load_or_explain)
        finally:
            self._loading = None  # so that the next call tries again
        return self._model

    def _load_or_explain(self) -> Model:
        try:
            model = self._load_now()
        except MemorizerError:
            raise
        except Exception as error:  # the runtime's own errors have no base in common
            raise EmbedderUnavailable(
                f"The embedding model {self.name} cannot be loaded: {error}"
            ) from error
        _give_back_freed_memory()
        return model

    def _run(self, batch: Sequence[Tokens]) -> list[Vector]:
        if self._model is None:
            raise EmbedderUnavailable("The embedding model is not loaded.")
        return self._model.run(batch)


def usable_cores() -> int:
    """How many this process may use; a container often has fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _give_back_freed_memory() -> None:
    """Return to the system what loading used and freed (60 MB); glibc must be told."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
