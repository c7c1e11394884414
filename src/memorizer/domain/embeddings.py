"""Embedding models and the vectors they make."""

from dataclasses import dataclass, field
from enum import StrEnum

from memorizer.domain.memories import Vector


class VectorKind(StrEnum):
    """The part of a memory that a vector was made of."""

    CONTENT = "content"
    METADATA = "metadata"


class ModelState(StrEnum):
    """The life of a model: built beside the active one, then replaces it."""

    BUILDING = "building"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """One generation of vectors, all made by the model `name`; `job_id` is the job that builds it.

    `spec` is what Embedders.get_or_open (ports/embeddings.py) needs to open the model again.
    """

    id: int
    name: str
    dimensions: int
    state: ModelState
    job_id: str | None = None
    spec: str | None = None


@dataclass(frozen=True, slots=True)
class MemoryVectors:
    """All vectors of one version of a memory: one per chunk, and one of title and tags."""

    memory_id: str
    version: int
    content: tuple[Vector, ...]
    metadata: Vector


@dataclass(frozen=True, slots=True)
class KnownVectors:
    """Vectors by the model of this name that need not be computed again; more can be added."""

    model: str
    beginning: Vector | None = None
    """That of the first piece of the memory's text."""
    by_text: dict[str, Vector] = field(default_factory=dict)
    """By the text that was embedded."""
