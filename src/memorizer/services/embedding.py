"""From a memory's content to its vectors, and into the store. A vector is never invented."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from memorizer.domain.chunking import chunk
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, ModelState
from memorizer.domain.errors import (
    EmbedderUnavailable,
    EmbeddingRefused,
    Misconfigured,
    StaleWork,
    TextRejected,
)
from memorizer.domain.memories import Content, EmbeddingStatus, Memory, Vector
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder, Embedders
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.jobs import embedding_job

OVERLAP = 32
"""Tokens that neighbouring chunks share, so that a sentence on a border is whole in one."""


INLINE_CHARACTERS = 8_000
"""Longer texts are saved at once and embedded by a job: a reply should not wait for seconds."""


HARMLESS = "ready?"
"""A text that every model embeds, if it embeds anything."""


INLINE_SECONDS = 5.0
"""How long a reply waits for an embedder that hangs before a job takes over."""
REMEDY = "Re-embed all memories: `memorizer reembed --watch`, or the button on the Admin page."


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """The vectors that are searched, and the embedder that makes more of them, if it can be had.

    `model` None: nothing was embedded yet, and the configured embedder will be the first.
    """

    model: EmbeddingModel | None
    embedder: Embedder | None

    def require(self) -> Embedder:
        """The embedder. Raises EmbedderUnavailable when it cannot be had."""
        if self.embedder is None:
            name = self.model.name if self.model else "a model"
            raise EmbedderUnavailable(
                f"The vectors are those of {name}, which cannot be opened here any more. {REMEDY}"
            )
        return self.embedder


@dataclass(slots=True)
class _Sight:
    """The active model when somebody looked last; None: nobody has, or there was none."""

    model: EmbeddingModel | None = None


@dataclass(frozen=True, slots=True)
class ActiveModelResolver:
    """Finds the embedder that belongs to vectors."""

    database: Database
    embedders: Embedders
    _last: _Sight = field(default_factory=_Sight)

    async def active(self) -> ActiveModel:
        """The one that is searched."""
        return await self.of(
            self.remember_active(await self.database.read(lambda tx: tx.models.active()))
        )

    async def cached_active(self) -> ActiveModel:
        """The same as last seen, without a look at the database.

        Whoever uses it compares the model within a transaction, and tells what was `seen` there.
        """
        return await (self.active() if self._last.model is None else self.of(self._last.model))

    def remember_active(self, model: EmbeddingModel | None) -> EmbeddingModel | None:
        """Note that this is the active model now."""
        self._last.model = model
        return model

    async def of(self, model: EmbeddingModel | None) -> ActiveModel:
        """The one of a model."""
        if model is None:
            return ActiveModel(None, self.embedders.configured)
        return ActiveModel(model, await self.embedders.get_or_open(model.name, model.spec))

    async def mismatch_message(self) -> str | None:
        """What to tell people while the configured model is not the one that is searched."""
        space = await self.active()
        configured = self.embedders.configured.name
        if space.model is None or space.model.name == configured:
            return None
        meanwhile = (
            "Search goes on with the old one until then."
            if space.embedder
            else "The old one cannot be opened any more: only full text is searched until then."
        )
        return (
            f"Memories are embedded with {space.model.name}, but {configured} is configured. "
            f"{REMEDY} {meanwhile}"
        )


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one content, made by the model of this name; dimensions x 4 bytes each."""

    model: str
    content: tuple[Vector, ...]
    metadata: Vector

    @property
    def dimensions(self) -> int:
        return len(self.metadata) // 4

    def of(self, memory: Memory) -> MemoryVectors:
        """The same, as those of a memory's present version."""
        return MemoryVectors(memory.id, memory.version, self.content, self.metadata)

    def is_compatible(self, model: EmbeddingModel) -> bool:
        """Whether these can stand among the vectors of this model."""
        return (self.model, self.dimensions) == (model.name, model.dimensions)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Computes and settles the vectors of memories."""

    spaces: ActiveModelResolver
    clock: Clock

    async def try_embed_inline(self, content: Content) -> Embedded | None:
        """Embed now if that is possible and quick; None leaves it to a job."""
        if len(content.text) > INLINE_CHARACTERS:
            return None
        try:
            async with asyncio.timeout(INLINE_SECONDS):
                embedder = (await self.spaces.cached_active()).embedder
                return None if embedder is None else await compute(embedder, content)
        except (EmbedderUnavailable, TextRejected, TimeoutError):
            return None  # the job that follows tries again and records the reason

    def store_or_enqueue(
        self, tx: MemoryTransaction, memory: Memory, embedded: Embedded | None
    ) -> EmbeddingStatus:
        """Store the vectors of the present version, or drop the old ones and queue a job."""
        active = self.spaces.remember_active(tx.models.active())
        if embedded is not None and (active is None or embedded.is_compatible(active)):
            tx.vectors.put(active or self.model(tx, embedded), embedded.of(memory))
            status = EmbeddingStatus.READY
        else:
            tx.vectors.remove(memory.id)
            status = EmbeddingStatus.PENDING
            tx.jobs.enqueue([embedding_job(self.clock, memory.id)])
        if status is not memory.embedding_status:
            tx.memories.set_embedding_status(memory.id, status)
        return status

    def model(self, tx: MemoryTransaction, embedded: Embedded) -> EmbeddingModel:
        """The active model, to which these vectors must belong; the first vectors found it.

        Raises StaleWork when another model took over meanwhile, Misconfigured.
        """
        model = tx.models.active()
        if model is None:
            spec = self.spaces.embedders.spec
            return tx.models.add(embedded.model, embedded.dimensions, ModelState.ACTIVE, spec=spec)
        if embedded.model != model.name:
            raise StaleWork
        if not embedded.is_compatible(model):
            raise Misconfigured(
                f"{model.name} now makes vectors of {embedded.dimensions} dimensions; those of "
                f"the memories have {model.dimensions}. {REMEDY}"
            )
        return model


def mark_failed(tx: MemoryTransaction, memories: Sequence[Memory]) -> None:
    """Note that the model does not take these texts, so that nobody tries again and again.

    Not where the text changed meanwhile, nor where vectors of an earlier attempt are in use.
    """
    pending = {
        (memory.id, memory.version)
        for memory in tx.memories.get_many([memory.id for memory in memories])
        if memory.embedding_status is EmbeddingStatus.PENDING
    }
    for memory in memories:
        if (memory.id, memory.version) in pending:
            tx.memories.set_embedding_status(memory.id, EmbeddingStatus.FAILED)


async def compute(embedder: Embedder, content: Content) -> Embedded:
    """Embed the chunks and the metadata. Raises EmbedderUnavailable, TextRejected."""
    *chunks, metadata = await embedder.embed_documents(await _texts(embedder, content))
    return Embedded(embedder.name, tuple(chunks), metadata)


async def compute_or_reject(embedder: Embedder, content: Content) -> Embedded:
    """The same, but a text counts as rejected only while the model accepts others.

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
        count = len(await _texts(embedder, content))
    except TextRejected:
        count = 1
    try:
        await embedder.embed_documents([HARMLESS] * count)
    except (EmbedderUnavailable, TextRejected):
        return False
    return True


async def _texts(embedder: Embedder, content: Content) -> list[str]:
    """What is embedded of a memory: the chunks, then the metadata."""
    return [*await _chunks(embedder, content), _metadata(content)]


async def _chunks(embedder: Embedder, content: Content) -> list[str]:
    """Pieces of the text that fit the model's window with the title in front of each."""
    title = f"{content.title}\n" if content.title else ""
    room = embedder.window - len(await embedder.tokens(title)) if title else None
    window = max(room or embedder.window, embedder.window // 2)
    tokens = await embedder.tokens(content.text)
    pieces = chunk(content.text, tokens, window=window, overlap=min(OVERLAP, window // 4))
    return [title + piece.text for piece in pieces]


def _metadata(content: Content) -> str:
    """Title and tags; without both, the beginning of the text stands for them."""
    words = " ".join([content.title or "", *content.tags]).strip()
    return words or content.text[:200]
