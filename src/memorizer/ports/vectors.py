"""Vectors, the models that made them, and finding the nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from memorizer.domain.memories import Filter, Vector
from memorizer.domain.search import Candidate


class VectorKind(StrEnum):
    """What of a memory a vector stands for."""

    CONTENT = "content"
    METADATA = "metadata"


class ModelState(StrEnum):
    """A model is built beside the active one and takes its place."""

    BUILDING = "building"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """One generation of vectors: all made by the model `name`. `job_id` built it.

    `spec`: how to open that model again (ports/embeddings.py).
    """

    id: int
    name: str
    dimensions: int
    state: ModelState
    job_id: str | None = None
    spec: str | None = None


@dataclass(frozen=True, slots=True)
class MemoryVectors:
    """All vectors of one version of a memory."""

    memory_id: str
    version: int
    content: tuple[Vector, ...]
    metadata: Vector


class Models(Protocol):
    """The generations of vectors."""

    def active(self) -> EmbeddingModel | None: ...

    def lock_exclusive(self) -> None:
        """Until this transaction ends, no other one stores vectors or switches the model."""
        ...

    def building(self, job_id: str) -> EmbeddingModel | None:
        """What this job builds."""
        ...

    def add(
        self,
        name: str,
        dimensions: int,
        state: ModelState,
        *,
        job_id: str | None = None,
        spec: str | None = None,
    ) -> EmbeddingModel: ...

    def activate(self, model_id: int) -> None:
        """Make it the active one, retire the other, and settle the memories' embedding status."""
        ...

    def retire(self, model_id: int) -> None: ...

    def list_building(self) -> list[EmbeddingModel]:
        """Those that jobs build; a job may have been cancelled or removed meanwhile."""
        ...

    def purge_retired(self, *, limit: int) -> int:
        """Delete up to `limit` vectors of retired models; returns how many."""
        ...

    def index_pending(self, *, limit: int) -> int:
        """Put up to `limit` vectors into the index that are not in it yet; returns how many."""
        ...


class Vectors(Protocol):
    """The vectors themselves: the truth from which every index can be rebuilt."""

    def put(self, model: EmbeddingModel, vectors: MemoryVectors) -> None:
        """Replace a memory's vectors under `model`."""
        ...

    def remove(self, memory_id: str, *, upto: int | None = None) -> None:
        """Delete a memory's vectors under every model; `upto`: only of versions until this."""
        ...

    def missing(self, model: EmbeddingModel, *, limit: int) -> list[str]:
        """Ids of memories that have no vectors of their present version under `model`."""
        ...

    def content_of(self, model: EmbeddingModel, memory_id: str) -> Sequence[Vector]:
        """A memory's content vectors, in the order of its chunks."""
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
        """Memories by the cosine of their best vector, best first."""
        ...
