"""The embedding models whose vectors the store holds."""

from typing import Final, Protocol

from memorizer.adapters.sql.dialect import Execute, Touch
from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.topics import MEMORIES

_MODEL_COLUMNS: Final = "id, name, dimensions, state, job_id, spec"


class VectorPartitions(Protocol):
    """Storage for the vectors of a model, which differs by database."""

    def create_partition(self, model: EmbeddingModel) -> None:
        """Create the storage for the vectors of a new model."""
        ...

    def purge_retired(self, *, limit: int) -> int:
        """Delete vectors of retired models. Return the number deleted, 0 when none are left.

        `limit` bounds the rows deleted in one call where they are deleted one by one (SQLite).
        PostgreSQL drops the whole partition of one model, whatever its size.
        """
        ...

    def index_pending(self, *, limit: int) -> int:
        """Add up to `limit` pending vectors to the index. Return the number added."""
        ...

    def lock_shared(self) -> bool:
        """Take the shared model lock until commit: nobody else switches the active model.

        Returns True if the active model may be cached for the lifetime of this object.
        """
        ...

    def lock_exclusive(self) -> None:
        """Take the exclusive model lock until commit: nobody else uses the active model."""
        ...


class ModelRows:
    """Implements ports.embeddings.Models."""

    def __init__(self, execute: Execute, touch: Touch, partitions: VectorPartitions) -> None:
        self._execute = execute
        self._touch = touch
        self._partitions = partitions
        self._active: EmbeddingModel | None = None

    def active(self) -> EmbeddingModel | None:
        if self._active is not None:
            return self._active
        may_be_kept = self._partitions.lock_shared()
        active = self._one("state = 'active'", ())
        self._active = active if may_be_kept else None
        return active

    def lock_exclusive(self) -> None:
        self._partitions.lock_exclusive()

    def building(self, job_id: str) -> EmbeddingModel | None:
        return self._one("state = 'building' AND job_id = ?", (job_id,))

    def add(
        self,
        name: str,
        dimensions: int,
        state: ModelState,
        *,
        job_id: str | None = None,
        spec: str | None = None,
    ) -> EmbeddingModel:
        row = self._execute(
            "INSERT INTO embedding_models (name, dimensions, state, job_id, spec)"
            f" VALUES (?, ?, ?, ?, ?) RETURNING {_MODEL_COLUMNS}",
            (name, dimensions, state, job_id, spec),
        ).fetchone()
        model = _model(row)
        self._partitions.create_partition(model)
        return model

    def activate(self, model_id: int) -> None:
        self._active = None
        self._execute("UPDATE embedding_models SET state = 'retired' WHERE state = 'active'")
        self._execute("UPDATE embedding_models SET state = 'active' WHERE id = ?", (model_id,))
        self._execute(
            "UPDATE memories SET embedding_status = 'ready' WHERE embedding_status <> 'ready'"
            " AND EXISTS (SELECT 1 FROM embeddings e WHERE e.memory_seq = memories.seq"
            "             AND e.model_id = ? AND e.version = memories.version)",
            (model_id,),
        )
        self._touch(MEMORIES)

    def retire(self, model_id: int) -> None:
        self._active = None
        self._execute("UPDATE embedding_models SET state = 'retired' WHERE id = ?", (model_id,))

    def list_building(self) -> list[EmbeddingModel]:
        rows = self._execute(
            f"SELECT {_MODEL_COLUMNS} FROM embedding_models WHERE state = 'building'"
        )
        return [_model(row) for row in rows]

    def purge_retired(self, *, limit: int) -> int:
        return self._partitions.purge_retired(limit=limit)

    def index_pending(self, *, limit: int) -> int:
        return self._partitions.index_pending(limit=limit)

    def _one(self, condition: str, values: tuple[str, ...]) -> EmbeddingModel | None:
        row = self._execute(
            f"SELECT {_MODEL_COLUMNS} FROM embedding_models WHERE {condition}", values
        ).fetchone()
        return None if row is None else _model(row)


def _model(row: tuple[int, str, int, str, str | None, str | None]) -> EmbeddingModel:
    id_, name, dimensions, state, job_id, spec = row
    return EmbeddingModel(id_, name, dimensions, ModelState(state), job_id, spec)
