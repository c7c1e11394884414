"""The models that made the vectors, as rows."""

from typing import Final, Protocol

from memorizer.adapters.sql.dialect import Execute, Touch
from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.topics import MEMORIES

_MODEL: Final = "id, name, dimensions, state, job_id, spec"


class VectorPartitions(Protocol):
    """What each database does in its own way for the vectors of a model."""

    def create_partition(self, model: EmbeddingModel) -> None:
        """Make room for the vectors of a new model."""
        ...

    def purge_retired(self, *, limit: int) -> int:
        """Delete up to `limit` vectors of retired models; returns how many."""
        ...

    def index_pending(self, *, limit: int) -> int:
        """Put up to `limit` vectors into the index that are not in it yet; how many."""
        ...

    def lock_shared(self) -> bool:
        """Until the transaction ends, nobody else changes which model is active.

        Whether that is as long as these rows are used, so that the answer may be kept.
        """
        ...

    def lock_exclusive(self) -> None:
        """Until the transaction ends, nobody else relies on which model is active."""
        ...


class ModelRows:
    """Fulfils ports.vectors.Models."""

    def __init__(self, execute: Execute, touch: Touch, space: VectorPartitions) -> None:
        self._execute = execute
        self._touch = touch
        self._space = space
        self._active: EmbeddingModel | None = None

    def active(self) -> EmbeddingModel | None:
        if self._active is not None:
            return self._active
        may_be_kept = self._space.lock_shared()
        active = self._one("state = 'active'", ())
        self._active = active if may_be_kept else None
        return active

    def lock_exclusive(self) -> None:
        self._space.lock_exclusive()

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
            f" VALUES (?, ?, ?, ?, ?) RETURNING {_MODEL}",
            (name, dimensions, state, job_id, spec),
        ).fetchone()
        model = _model(row)
        self._space.create_partition(model)
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
        rows = self._execute(f"SELECT {_MODEL} FROM embedding_models WHERE state = 'building'")
        return [_model(row) for row in rows]

    def purge_retired(self, *, limit: int) -> int:
        return self._space.purge_retired(limit=limit)

    def index_pending(self, *, limit: int) -> int:
        return self._space.index_pending(limit=limit)

    def _one(self, condition: str, values: tuple[str, ...]) -> EmbeddingModel | None:
        row = self._execute(
            f"SELECT {_MODEL} FROM embedding_models WHERE {condition}", values
        ).fetchone()
        return None if row is None else _model(row)


def _model(row: tuple[int, str, int, str, str | None, str | None]) -> EmbeddingModel:
    id_, name, dimensions, state, job_id, spec = row
    return EmbeddingModel(id_, name, dimensions, ModelState(state), job_id, spec)
