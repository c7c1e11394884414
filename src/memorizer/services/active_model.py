"""Which embedding model is at work: vectors can only be compared with those of the same model.

The settings name one model, the store holds vectors of one. These differ from the moment the
setting is changed until all memories are re-embedded; meanwhile the old model goes on, if it can.
"""

from dataclasses import dataclass, field

from memorizer.domain.embeddings import EmbeddingModel
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.ports.embeddings import Embedder, Embedders
from memorizer.ports.transactions import Database

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
