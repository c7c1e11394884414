"""Embeddings by an OpenAI-compatible server: Ollama, LM Studio, vLLM, OpenAI."""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from memorizer.adapters.embeddings.prompts import known_prompts
from memorizer.adapters.openai_api import OpenAiApi, Refused
from memorizer.domain.chunking import Span
from memorizer.domain.errors import EmbedderUnavailable, EmbeddingRefused, TextRejected
from memorizer.domain.memories import Vector
from memorizer.ports.telemetry import Telemetry

WINDOW_TOKENS: Final = 384
"""In tokens as _TOKEN counts them, which is rather too many. Common models read 512 or more."""
MAX_REQUEST_TEXTS: Final = 64
MAX_REPLY_BYTES_PER_TEXT: Final = 512 * 1024
"""16,384 numbers of 32 characters, four times as many as any known model has."""
MAX_REPLY_OVERHEAD_BYTES: Final = 64 * 1024
MAX_PARALLEL_REQUESTS: Final = 4
"""For documents; queries do not wait for these."""
_TOKEN: Final = re.compile(r"\d{1,2}|[A-Za-z]{1,4}|[^\W\d_\u2e80-\U0010ffff]{1,2}|\S")
"""Estimates tokens: four Latin letters, two of other alphabets, two digits, or one other sign."""
_TOO_LONG: Final = re.compile(r"(?i)\b(?:tokens?|context|lengths?|too (?:long|large|big))\b")


class OpenAiEmbedder:
    """Implements ports.embeddings.Embedder with the server's own model."""

    window = WINDOW_TOKENS

    def __init__(
        self, model: str, api: OpenAiApi, telemetry: Telemetry, *, timeout_seconds: float = 30.0
    ) -> None:
        self._model = model
        self._api = api
        self._telemetry = telemetry
        self._timeout = timeout_seconds
        self._prompts = known_prompts(model)
        self._request_slots = asyncio.Semaphore(MAX_PARALLEL_REQUESTS)
        self._dimensions: int | None = None

    @property
    def name(self) -> str:
        """The model's name, with a digest of its prompts if it has any."""
        parts = (self._prompts.query, self._prompts.document)
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
        return f"{self._model}-{digest}" if any(parts) else self._model

    async def dimensions(self) -> int:
        return self._dimensions or len(await self.embed_query("dimensions?")) // 4

    async def tokens(self, text: str) -> Sequence[Span]:
        """Return estimated spans: the server's tokenizer is not known."""
        return await asyncio.to_thread(_spans, text)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        prompted = [self._prompts.document + text for text in texts]
        vectors: list[Vector] = []
        for start in range(0, len(prompted), MAX_REQUEST_TEXTS):
            async with self._request_slots:
                vectors += await self._embed(prompted[start : start + MAX_REQUEST_TEXTS])
        return vectors

    async def embed_query(self, text: str) -> Vector:
        (vector,) = await self._embed([self._prompts.query + text])
        return vector

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _embed(self, texts: Sequence[str]) -> list[Vector]:
        started = asyncio.get_running_loop().time()
        answer = await self._ask(texts)
        try:
            vectors = await asyncio.to_thread(_vectors, answer, len(texts))
            self._check_dimensions(len(vectors[0]) // 4)
        except (ValueError, TypeError, OverflowError) as error:
            raise EmbedderUnavailable(
                f"{self._api.server} answered with something else than {len(texts)} embeddings "
                f"of {self._model}: {error}."
            ) from error
        seconds = asyncio.get_running_loop().time() - started
        self._telemetry.batch_embedded(len(texts), seconds)
        return vectors

    async def _ask(self, texts: Sequence[str]) -> Mapping[str, Any]:
        body = {"model": self._model, "input": list(texts)}
        try:
            return await self._api.post(
                "/embeddings",
                body,
                seconds=self._timeout,
                most_bytes=MAX_REPLY_OVERHEAD_BYTES + len(texts) * MAX_REPLY_BYTES_PER_TEXT,
            )
        except Refused as refusal:
            if refusal.advice is None and _TOO_LONG.search(str(refusal)):
                raise TextRejected(f"{self._model} cannot read this text: {refusal}.") from refusal
            advice = f" {refusal.advice}" if refusal.advice else ""
            raise EmbeddingRefused(f"{self._api.server} refuses: {refusal}.{advice}") from refusal

    def _check_dimensions(self, dimensions: int) -> None:
        """Raise ValueError if the server's model changed while this process runs."""
        self._dimensions = self._dimensions or dimensions
        if dimensions != self._dimensions:
            raise ValueError(f"vectors had {self._dimensions} dimensions, now {dimensions}")


def _spans(text: str) -> list[Span]:
    return [match.span() for match in _TOKEN.finditer(text)]


def _vectors(answer: Mapping[str, Any], count: int) -> list[Vector]:
    """Return unit vectors in order. Raises ValueError, TypeError, OverflowError."""
    import numpy as np  # noqa: PLC0415 - heavy

    from memorizer.adapters.embeddings.pooling import l2_normalise  # noqa: PLC0415

    found = [_entry(entry, position) for position, entry in enumerate(answer.get("data") or ())]
    if sorted(place for place, _ in found) != list(range(count)):
        raise ValueError(f"{len(found)} for {count} texts, or not one for each")
    rows = [row for _, row in sorted(found, key=lambda pair: pair[0])]
    if any(not isinstance(number, int | float) for row in rows for number in row):
        raise ValueError("an embedding is not a list of numbers")
    vectors = np.array(rows, dtype=np.float64)
    if vectors.ndim != 2 or not vectors.size:  # noqa: PLR2004 - texts x dimensions
        raise ValueError("embeddings are empty")
    return l2_normalise(vectors)


def _entry(entry: object, position: int) -> tuple[int, list[Any]]:
    """Return index and numbers of an entry; servers that omit the index keep the order."""
    match entry:
        case {"embedding": list(row), "index": int(place)}:
            return place, row
        case {"embedding": list(row), **rest} if "index" not in rest:
            return position, row
        case _:
            raise ValueError("an entry has no list `embedding` or no number `index`")
