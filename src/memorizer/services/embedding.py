"""Computes the vectors of memories with the active embedding model and stores them."""

import asyncio
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Final

from memorizer.domain.chunking import chunk
from memorizer.domain.embeddings import EmbeddingModel, KnownVectors, MemoryVectors, ModelState
from memorizer.domain.errors import (
    EmbedderUnavailable,
    EmbeddingRefused,
    Misconfigured,
    StaleWork,
    TextRejected,
)
from memorizer.domain.memories import Content, EmbeddingStatus, Memory, Vector
from memorizer.domain.search import MAX_QUERY, ends
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder, Embedders
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.jobs import embedding_job

OVERLAP_TOKENS: Final = 32
"""Tokens that neighbouring chunks share, so that a sentence on a border is whole in one of them."""
MAX_INLINE_CHARACTERS: Final = 8_000
"""Longer texts are embedded by a job: the request should not wait for seconds."""
MAX_TITLED_PIECES: Final = 3
"""Of longer texts a phrase of theirs as the title says too little (docs/decisions/0042)."""
QUERY_PROMPT_TOKENS: Final = 24
"""Room for what some models want before a query."""
MIN_ENDS_TOKENS: Final = 32
_WORD: Final = re.compile(r"\w+")
PROBE_TEXT: Final = "ready?"
"""A text that every model embeds, if it embeds anything."""
INLINE_TIMEOUT_SECONDS: Final = 5.0
"""How long a request waits for the embedder before a job takes over."""
REMEDY: Final = (
    "Re-embed all memories: `memorizer reembed --watch`, or the button on the Admin page."
)


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """The active model, whose vectors are searched, and its embedder if it can be opened.

    `model` is None before anything was embedded: then `embedder` is the configured one.
    """

    model: EmbeddingModel | None
    embedder: Embedder | None

    def require(self) -> Embedder:
        """Return the embedder. Raises EmbedderUnavailable if it cannot be opened."""
        if self.embedder is None:
            name = self.model.name if self.model else "a model"
            raise EmbedderUnavailable(
                f"The vectors are those of {name}, which cannot be opened here any more. {REMEDY}"
            )
        return self.embedder


class ActiveModelResolver:
    """Finds the active model of the store and the embedder that makes vectors for it."""

    def __init__(self, database: Database, embedders: Embedders) -> None:
        self.embedders = embedders
        self._database = database
        self._last: EmbeddingModel | None = None

    async def active(self) -> ActiveModel:
        """Read which model is active. Raises StorageUnavailable."""
        model = await self._database.read(lambda tx: tx.models.active())
        return await self.with_embedder(self.remember_active(model))

    async def cached_active(self) -> ActiveModel:
        """Return the last active model that this process saw; it may be stale.

        Compare it with `tx.models.active()` in the transaction that uses it.
        """
        return await (self.active() if self._last is None else self.with_embedder(self._last))

    def remember_active(self, model: EmbeddingModel | None) -> EmbeddingModel | None:
        """Set what `cached_active` returns, and return it."""
        self._last = model
        return model

    async def with_embedder(self, model: EmbeddingModel | None) -> ActiveModel:
        """Return this model with its embedder; for None, with the configured embedder."""
        if model is None:
            return ActiveModel(None, self.embedders.configured)
        return ActiveModel(model, await self.embedders.get_or_open(model.name, model.spec))

    async def mismatch_message(self) -> str | None:
        """Say that the configured model is not the active one; None while it is."""
        active = await self.active()
        configured = self.embedders.configured.name
        if active.model is None or active.model.name == configured:
            return None
        meanwhile = (
            "Search goes on with the old one until then."
            if active.embedder
            else "The old one cannot be opened any more: only full text is searched until then."
        )
        return (
            f"Memories are embedded with {active.model.name}, but {configured} is configured. "
            f"{REMEDY} {meanwhile}"
        )


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one content by the model of this name; dimensions x 4 bytes (float32) each."""

    model: str
    content: tuple[Vector, ...]
    metadata: Vector

    @property
    def dimensions(self) -> int:
        """Number of dimensions of the vectors."""
        return len(self.metadata) // 4

    def to_memory_vectors(self, memory: Memory) -> MemoryVectors:
        """Return them as the vectors of this memory's version."""
        return MemoryVectors(memory.id, memory.version, self.content, self.metadata)

    def is_compatible(self, model: EmbeddingModel) -> bool:
        """Whether name and dimensions are those of `model`."""
        return (self.model, self.dimensions) == (model.name, model.dimensions)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Computes the vectors of memories, and stores them or queues a job."""

    active_model: ActiveModelResolver
    clock: Clock

    async def try_embed_inline(
        self, content: Content, known: KnownVectors | None = None
    ) -> Embedded | None:
        """Embed a short text now; None if it is long, the embedder fails or takes too long.

        What is `known` is not embedded again.
        """
        if len(content.text) > MAX_INLINE_CHARACTERS:
            return None
        try:
            async with asyncio.timeout(INLINE_TIMEOUT_SECONDS):
                embedder = (await self.active_model.cached_active()).embedder
                return None if embedder is None else await compute(embedder, content, known)
        except (EmbedderUnavailable, TextRejected, TimeoutError):
            return None  # the job that follows tries again and records the reason

    def store_or_enqueue(
        self, tx: MemoryTransaction, memory: Memory, embedded: Embedded | None
    ) -> EmbeddingStatus:
        """Store the vectors, or remove the old ones and queue a job; return the new status."""
        active = self.active_model.remember_active(tx.models.active())
        if embedded is not None and (active is None or embedded.is_compatible(active)):
            tx.vectors.put(active or self.model(tx, embedded), embedded.to_memory_vectors(memory))
            status = EmbeddingStatus.READY
        else:
            tx.vectors.remove(memory.id)
            status = EmbeddingStatus.PENDING
            tx.jobs.enqueue([embedding_job(self.clock, memory.id)])
        if status is not memory.embedding_status:
            tx.memories.set_embedding_status(memory.id, status)
        return status

    def model(self, tx: MemoryTransaction, embedded: Embedded) -> EmbeddingModel:
        """Return the active model; create it from these vectors if there is none.

        Raises StaleWork when another model became active meanwhile, Misconfigured for vectors of
        another length.
        """
        model = tx.models.active()
        if model is None:
            spec = self.active_model.embedders.spec
            return tx.models.add(embedded.model, embedded.dimensions, ModelState.ACTIVE, spec=spec)
        if embedded.model != model.name:
            raise StaleWork
        if not embedded.is_compatible(model):
            raise Misconfigured(
                f"{model.name} now makes vectors of {embedded.dimensions} dimensions; those of "
                f"the memories have {model.dimensions}. {REMEDY}"
            )
        return model


def known_vectors(tx: MemoryTransaction, memory: Memory) -> KnownVectors | None:
    """Return what is stored of an untitled memory, without its metadata; None without a model."""
    model = tx.models.active()
    if model is None:
        return None
    now = tx.memories.get_many([memory.id])
    is_same = bool(now) and now[0].version == memory.version and memory.content.title is None
    if not is_same or now[0].embedding_status is not EmbeddingStatus.READY:
        return KnownVectors(model.name)
    vectors = tx.vectors.content_of(model, memory.id)
    whole = {memory.content.text: vectors[0]} if len(vectors) == 1 else {}
    return KnownVectors(model.name, vectors[0] if vectors else None, whole)


def mark_failed(tx: MemoryTransaction, memories: Sequence[Memory]) -> None:
    """Note that the model does not take these texts, so that nobody tries again and again.

    Memories that changed meanwhile or have vectors are left as they are.
    """
    pending = {
        (memory.id, memory.version)
        for memory in tx.memories.get_many([memory.id for memory in memories])
        if memory.embedding_status is EmbeddingStatus.PENDING
    }
    for memory in memories:
        if (memory.id, memory.version) in pending:
            tx.memories.set_embedding_status(memory.id, EmbeddingStatus.FAILED)


async def embed_query(embedder: Embedder, text: str) -> Vector:
    """Return the vector of a search query; of a long one, of its beginning and its end.

    A model reads a window only, and people put the point at the end. Raises EmbedderUnavailable,
    TextRejected.
    """
    text = ends(text, MAX_QUERY)
    if len(text) > embedder.window:  # no token is empty
        text = await _within_window(embedder, text)
    return await embedder.embed_query(text)


async def _within_window(embedder: Embedder, text: str) -> str:
    room = embedder.window - QUERY_PROMPT_TOKENS
    tokens = await embedder.tokens(text)
    if len(tokens) <= room or room < MIN_ENDS_TOKENS:
        return text
    first = room // 3
    return f"{text[: tokens[first - 1][1]]}\n{text[tokens[first - room][0] :]}"


async def compute(
    embedder: Embedder, content: Content, known: KnownVectors | None = None
) -> Embedded:
    """Embed chunks and metadata, each different text that is not `known` once.

    Raises EmbedderUnavailable, EmbeddingRefused, TextRejected.
    """
    chunks = await _chunks(embedder, content)
    metadata = _metadata(content, pieces=len(chunks))
    texts = [*chunks, metadata] if metadata else chunks
    vectors = dict(known.by_text) if known and known.model == embedder.name else {}
    missing = list(dict.fromkeys(text for text in texts if text not in vectors))
    if missing:
        vectors |= zip(missing, await embedder.embed_documents(missing), strict=True)
    of_text = tuple(vectors[text] for text in chunks)
    return Embedded(embedder.name, of_text, vectors[metadata] if metadata else _mean(of_text))


async def compute_or_reject(embedder: Embedder, content: Content) -> Embedded:
    """As `compute`, but a text counts as rejected only while the model accepts others.

    With a wrong key, model name or address, a server refuses every text: that is no reason to
    give any of them up. Raises EmbedderUnavailable, TextRejected.
    """
    try:
        return await compute(embedder, content)
    except (EmbeddingRefused, TextRejected) as error:
        if await _accepts_others(embedder, content):
            raise TextRejected(str(error)) from error
        raise EmbedderUnavailable(str(error)) from error


async def _accepts_others(embedder: Embedder, content: Content) -> bool:
    """Whether the model accepts as many harmless texts: some servers limit the number."""
    try:
        count = len(await _chunks(embedder, content)) + 1
    except TextRejected:
        count = 1
    try:
        await embedder.embed_documents([PROBE_TEXT] * count)
    except (EmbedderUnavailable, TextRejected):
        return False
    return True


async def _chunks(embedder: Embedder, content: Content) -> list[str]:
    """Pieces of the text that fit the model's window with the title in front of each.

    A text of one piece that holds its title is embedded as it is.
    """
    if content.title and _is_in(content.title, content.text):
        tokens = await embedder.tokens(content.text)
        if len(tokens) <= embedder.window:
            return [content.text]
    title = f"{content.title}\n" if content.title else ""
    left = embedder.window - len(await embedder.tokens(title)) if title else None
    window = max(left or embedder.window, embedder.window // 2)
    tokens = await embedder.tokens(content.text)
    pieces = chunk(content.text, tokens, window=window, overlap=overlap_of(window))
    return [title + piece.text for piece in pieces]


def overlap_of(window: int) -> int:
    """Return how many tokens neighbouring chunks of a window share."""
    return min(OVERLAP_TOKENS, window // 4)


def _is_in(title: str, text: str) -> bool:
    """Whether the words of a title stand in the text in this order, whatever is between them."""
    words, all_words = (" ".join(_WORD.findall(each.casefold())) for each in (title, text))
    return f" {words} " in f" {all_words} "


def _metadata(content: Content, *, pieces: int) -> str | None:
    """Title and tags; None without both, or if the title is but a phrase of a long text."""
    if content.title and not content.tags and pieces > MAX_TITLED_PIECES:
        return None if _is_in(content.title, content.text) else content.title
    return " ".join([content.title or "", *content.tags]).strip() or None


def _mean(vectors: Sequence[Vector]) -> Vector:
    """Return the direction of the sum of unit vectors."""
    if len(vectors) == 1:
        return vectors[0]
    total = [sum(column) for column in zip(*(array("f", v) for v in vectors), strict=True)]
    length = hypot(*total) or 1.0
    return Vector(array("f", [value / length for value in total]).tobytes())
