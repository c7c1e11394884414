"""The embedding models whose vectors the store holds."""

from typing import Protocol

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, row_as, rows_as
from memorizer.adapters.sql.memory_rows import ModelRow
from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.topics import MEMORIES


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

    def __init__(
        self, execute: Execute, touch: Touch, dialect: Dialect, partitions: VectorPartitions
    ) -> None:
        self._execute = execute
        self._statements = dialect.statements
        self._touch = touch
        self._partitions = partitions
        self._active: EmbeddingModel | None = None

    def active(self) -> EmbeddingModel | None:
        if self._active is not None:
            return self._active
        may_be_kept = self._partitions.lock_shared()
        active = self._find("get_active_model")
        self._active = active if may_be_kept else None
        return active

    def lock_exclusive(self) -> None:
        self._partitions.lock_exclusive()

    def building(self, job_id: str) -> EmbeddingModel | None:
        return self._find("get_building_model", job_id)

    def add(
        self,
        name: str,
        dimensions: int,
        state: ModelState,
        *,
        job_id: str | None = None,
        spec: str | None = None,
    ) -> EmbeddingModel:
        values = (name, dimensions, state, job_id, spec)
        [row] = rows_as(ModelRow, self._execute(self._statements["insert_model"], values))
        model = row.to_model()
        self._partitions.create_partition(model)
        return model

    def activate(self, model_id: int) -> None:
        self._active = None
        self._execute(self._statements["retire_active_model"])
        self._execute(self._statements["activate_model"], (model_id,))
        self._execute(self._statements["set_ready_where_embedded"], (model_id,))
        self._touch(MEMORIES)

    def retire(self, model_id: int) -> None:
        self._active = None
        self._execute(self._statements["retire_model"], (model_id,))

    def list_building(self) -> list[EmbeddingModel]:
        rows = rows_as(ModelRow, self._execute(self._statements["list_building_models"]))
        return [row.to_model() for row in rows]

    def purge_retired(self, *, limit: int) -> int:
        return self._partitions.purge_retired(limit=limit)

    def index_pending(self, *, limit: int) -> int:
        return self._partitions.index_pending(limit=limit)

    def _find(self, statement: str, *values: str) -> EmbeddingModel | None:
        row = row_as(ModelRow, self._execute(self._statements[statement], values))
        return None if row is None else row.to_model()
