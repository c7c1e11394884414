"""The quantized indexes of one process. numpy, 12 MB, is loaded by the first that is used."""

from threading import Lock
from typing import TYPE_CHECKING

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.embeddings import VectorKind

if TYPE_CHECKING:
    from memorizer.adapters.sqlite.inverted_lists import IndexedVectors, InvertedLists
    from memorizer.adapters.sqlite.quantized_index import QuantizedIndex


class QuantizedIndexes:
    """The indexes in use, shared by the connections of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_key: dict[tuple[int, VectorKind], IndexedVectors] = {}

    def up_to_date(
        self, execute: Execute, model_id: int, kind: VectorKind
    ) -> "QuantizedIndex | InvertedLists | None":
        """Return the index with all rows that the caller's transaction can see.

        None if there are no rows.
        """
        if not (self._by_key or execute("SELECT 1 FROM embeddings LIMIT 1").fetchall()):
            return None
        from memorizer.adapters.sqlite.inverted_lists import IndexedVectors  # noqa: PLC0415

        with self._lock:
            self._drop_others(model_id)
            index = self._by_key.setdefault((model_id, kind), IndexedVectors())
            return index.up_to_date(execute, model_id, kind)

    def reload(self, model_id: int, kind: VectorKind) -> None:
        """Drop an index that holds many deleted rows; the next use reads it again."""
        with self._lock:
            self._by_key.pop((model_id, kind), None)

    def _drop_others(self, model_id: int) -> None:
        for key in [key for key in self._by_key if key[0] != model_id]:
            del self._by_key[key]
