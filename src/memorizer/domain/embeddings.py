"""Embedding models and the vectors they make."""

from dataclasses import dataclass
from enum import StrEnum

from memorizer.domain.memories import Vector


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
