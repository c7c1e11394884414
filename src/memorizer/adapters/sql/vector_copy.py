"""Read and write the models and vectors of a store, to clone it into another database."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, rows_as
from memorizer.domain.database_copy import Key, Page, Row
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, ModelState, VectorKind
from memorizer.domain.errors import Conflict
from memorizer.domain.memories import Vector
from memorizer.ports.embeddings import Models
from memorizer.ports.search import Vectors


class _VectorRow(NamedTuple):
    memory_id: str
    model: str
    state: str
    job_id: str | None
    version: int
    kind: str
    vector: object

    @property
    def key(self) -> Row:
        """What the vectors of one memory under one model have in common."""
        return (self.memory_id, self.model, self.state, self.job_id, self.version)


class VectorCopier:
    """A row of vectors holds all of one memory under one model, each kind joined to one text.

    `bytes_of` turns a vector as the database gives it into little-endian float32.
    """

    def __init__(
        self,
        execute: Execute,
        dialect: Dialect,
        models: Models,
        vectors: Vectors,
        bytes_of: Callable[[Any], bytes],
    ) -> None:
        self._execute = execute
        self._statements = dialect.statements
        self._models = models
        self._vectors = vectors
        self._bytes_of = bytes_of

    def models(self) -> tuple[Row, ...]:
        """Rows of the models in use: the active one and those being built."""
        return tuple(map(tuple, self._execute(self._statements["list_models_in_use"])))

    def put_models(self, rows: Sequence[Row]) -> None:
        """Insert missing models. Raises Conflict when the target has another active model."""
        for name, dimensions, state, job_id, spec in rows:
            if self._model(state, job_id) is None:
                self._models.add(
                    str(name),
                    int(str(dimensions)),
                    ModelState(str(state)),
                    job_id=None if job_id is None else str(job_id),
                    spec=None if spec is None else str(spec),
                )
            self._require_model(name, state, job_id)

    def page(self, after: Key | None, limit: int) -> Page | None:
        """Return the vectors of the next `limit` memories, which may have none."""
        ids = self._execute(
            self._statements["page_all_memory_ids"], (*(after or ("",)), limit)
        ).fetchall()
        if not ids:
            return None
        return Page(self._rows(ids[0][0], ids[-1][0]), (ids[-1][0],), len(ids))

    def put(self, rows: Sequence[Row]) -> None:
        """Insert the vectors that are missing."""
        there = set(self._rows(rows[0][0], rows[-1][0])) if rows else set()
        for row in rows:
            if row not in there:
                _, name, state, job_id, *_ = row
                self._vectors.put(self._require_model(name, state, job_id), _vectors(row))

    def _rows(self, first: object, last: object) -> tuple[Row, ...]:
        rows = rows_as(_VectorRow, self._execute(self._statements["list_vectors"], (first, last)))
        return tuple(self._joined(key, of) for key, of in groupby(rows, lambda row: row.key))

    def _joined(self, key: Row, rows: Iterable[_VectorRow]) -> Row:
        parts = dict.fromkeys(VectorKind, b"")
        for row in rows:
            parts[VectorKind(row.kind)] += self._bytes_of(row.vector)
        return (*key, parts[VectorKind.CONTENT], parts[VectorKind.METADATA])

    def _model(self, state: object, job_id: object) -> EmbeddingModel | None:
        is_active = state == ModelState.ACTIVE
        return self._models.active() if is_active else self._models.building(str(job_id))

    def _require_model(self, name: object, state: object, job_id: object) -> EmbeddingModel:
        model = self._model(state, job_id)
        if model is None or model.name != name:
            raise Conflict(
                f"The target has vectors of {model.name if model else 'no model'}, the source "
                f"those of {name}. Copy into an empty database."
            )
        return model


def _vectors(row: Row) -> MemoryVectors:
    memory_id, _, _, _, version, content, metadata = row
    if not (isinstance(content, bytes) and isinstance(metadata, bytes)):
        raise TypeError("vectors are bytes")
    length = len(metadata)
    chunks = [Vector(content[at : at + length]) for at in range(0, len(content), length)]
    return MemoryVectors(str(memory_id), int(str(version)), tuple(chunks), Vector(metadata))
