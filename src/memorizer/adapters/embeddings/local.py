"""Embeddings by a model in this process, loaded at its first use in a thread."""

import asyncio
import contextlib
import ctypes
import os
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from memorizer.adapters.embeddings.batching import Batcher, Schedule, Tokens
from memorizer.adapters.embeddings.prompts import Prompts
from memorizer.domain.chunking import Span
from memorizer.domain.errors import EmbedderUnavailable, MemorizerError
from memorizer.domain.memories import Vector
from memorizer.ports.telemetry import Telemetry
from memorizer.supervision import Supervisor

INLINE_CHARACTERS: Final = 4_000
"""Texts up to this length (1 ms) are tokenized in the event loop: a thread would take longer."""


class Model(Protocol):
    """A model in memory. Every method blocks."""

    @property
    def dimensions(self) -> int: ...

    @property
    def schedule(self) -> Schedule: ...

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the token ids of each text, at most a window. Raises TextRejected."""
        ...

    def spans(self, text: str) -> list[Span]:
        """Return the character span of each token in the text. Raises TextRejected."""
        ...

    def run(self, batch: Sequence[Tokens]) -> list[Vector]:
        """Return one unit vector per text."""
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
        threads: int = 1,
        timeout_seconds: float = 30.0,
        supervisor: Supervisor | None = None,
    ) -> None:
        """`window`: tokens of a document. `dimensions` None: read from the model when asked for."""
        self.name = name
        self.window = window
        self._load_now = load
        self._prompts = prompts
        self._dimensions = dimensions
        self._batcher = Batcher(
            self._run,
            telemetry,
            threads=threads,
            timeout_seconds=timeout_seconds,
            supervisor=supervisor,
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
        """Wait for the running batch, stop the thread; callers get EmbedderUnavailable."""
        await self._batcher.close()

    async def _encode(self, texts: Sequence[str]) -> list[Tokens]:
        model = await self._loaded()
        if sum(map(len, texts)) <= INLINE_CHARACTERS:
            return model.encode(texts)
        return await asyncio.to_thread(model.encode, texts)

    async def _loaded(self) -> Model:
        """Return the model; concurrent first callers share one load."""
        if self._model is not None:
            return self._model
        if self._loading is None:
            self._loading = asyncio.create_task(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> Model:
        try:
            model = await asyncio.to_thread(self._load_or_explain)
            self._batcher.schedule = model.schedule
            self._model = model
        finally:
            self._loading = None  # so that the next call tries again
        return model

    def _load_or_explain(self) -> Model:
        try:
            model = self._load_now()
        except MemorizerError:
            raise
        except Exception as error:  # the runtime's own errors have no base in common
            raise EmbedderUnavailable(
                f"The embedding model {self.name} cannot be loaded: {error}"
            ) from error
        _trim_heap()
        return model

    def _run(self, batch: Sequence[Tokens]) -> list[Vector]:
        if self._model is None:
            raise EmbedderUnavailable("The embedding model is not loaded.")
        return self._model.run(batch)


def usable_cores() -> int:
    """Return how many cores this process may use; in a container often fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _trim_heap() -> None:
    """Return the heap that loading used and freed (60 MB) to the system; glibc only."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
