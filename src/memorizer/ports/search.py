"""The full-text index and the vectors of memories, inside a transaction."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, VectorKind
from memorizer.domain.memories import Filter, Memory, Vector
from memorizer.domain.search import Candidate
from memorizer.domain.text_analysis import Term
from memorizer.domain.time_windows import TimeWindow


class FullText(Protocol):
    """The full-text index over title, tags and text, weighted in this order."""

    def put(self, memory: Memory) -> None:
        """Index the present version of a memory, replacing what was indexed of it."""
        ...

    def remove(self, memory_id: str) -> None:
        """Remove a memory from the index."""
        ...

    def has_outdated(self) -> bool:
        """Whether the words of any memory may have been made by an earlier analysis."""
        ...

    def take_outdated(self, *, limit: int) -> list[str]:
        """Ids of the next of these memories, which the caller indexes anew in this transaction.

        They are locked until its end; empty once there are none left.
        """
        ...

    def search(self, terms: Sequence[Term], filter_: Filter, *, limit: int) -> list[Candidate]:
        """Memories with all terms, then, if these are too few, with any; best first."""
        ...


class TimeExpressions(Protocol):
    """Words that name a time, such as "last week"."""

    def may_read(self, text: str) -> bool:
        """Whether there may be such words; answers at once."""
        ...

    def read(self, text: str, now: int) -> TimeWindow | None:
        """Return the time that a text names as of `now` (UTC milliseconds), if it names one."""
        ...


class Reranker(Protocol):
    """A cross-encoder: a model that reads a query and a text together, and says how they match."""

    @property
    def name(self) -> str:
        """What people call the model."""
        ...

    async def load(self) -> None:
        """Load the model unless it is loaded. Raises RerankerUnavailable."""
        ...

    async def check(self) -> str:
        """Its state in a few words, for health checks. Raises RerankerUnavailable."""
        ...

    async def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the query, from 0 to 1; cancelling it stops the model soon.

        Raises RerankerUnavailable.
        """
        ...


class Vectors(Protocol):
    """The stored vectors, from which every vector index can be rebuilt."""

    def put(self, model: EmbeddingModel, vectors: MemoryVectors) -> None:
        """Replace a memory's vectors of this model. They must have its dimensions."""
        ...

    def remove(self, memory_id: str, *, upto: int | None = None) -> None:
        """Delete a memory's vectors of every model; `upto`: only those up to this version."""
        ...

    def missing(self, model: EmbeddingModel, *, limit: int) -> list[str]:
        """Ids of memories whose present version has no vectors of this model."""
        ...

    def content_of(self, model: EmbeddingModel, memory_id: str) -> Sequence[Vector]:
        """Return a memory's content vectors, in the order of its chunks."""
        ...

    def nearest(
        self,
        model: EmbeddingModel,
        kind: VectorKind,
        vector: Vector,
        filter_: Filter,
        *,
        limit: int,
        threshold: float | None = None,
    ) -> list[Candidate]:
        """Memories by the cosine of their best vector of this kind, best first.

        `threshold`: the least cosine (-1 to 1) of a result.
        """
        ...

    def similarities(
        self, model: EmbeddingModel, vector: Vector, memory_ids: Sequence[str]
    ) -> Mapping[str, float]:
        """Return the cosine of each memory's nearest vector of any kind.

        Memories without vectors are left out.
        """
        ...

    def near_pairs(
        self, model: EmbeddingModel, memory_ids: Sequence[str], *, threshold: float
    ) -> list[tuple[str, str]]:
        """Pairs of these memories whose texts have at least this cosine.

        Of long texts each of the first four chunks is compared with the other's at the same place.
        """
        ...

    def nearest_chunks(
        self, model: EmbeddingModel, vector: Vector, memory_ids: Sequence[str]
    ) -> Mapping[str, tuple[int, int]]:
        """Return the position (from 0) of each memory's nearest content vector, and how many."""
        ...
