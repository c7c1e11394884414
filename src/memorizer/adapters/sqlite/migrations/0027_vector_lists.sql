-- The vectors of large stores by their nearest centroid (docs/decisions/0049): a search reads the
-- lists that are near its query. All of it can be made anew from `embeddings`; vectors with a
-- greater id than `upto` are not in it yet.
CREATE TABLE vector_indexes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id   INTEGER NOT NULL REFERENCES embedding_models (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('content', 'metadata')),
  upto       INTEGER NOT NULL,
  vectors    INTEGER NOT NULL,
  dimensions INTEGER NOT NULL,
  centroids  BLOB NOT NULL,  -- float32, unit length, one after the other
  is_ready   INTEGER NOT NULL DEFAULT 0,
  written_at INTEGER NOT NULL
) STRICT;
CREATE INDEX vector_indexes_by_model ON vector_indexes (model_id, kind, is_ready);
CREATE TABLE vector_lists (
  index_id INTEGER NOT NULL REFERENCES vector_indexes (id) ON DELETE CASCADE,
  number   INTEGER NOT NULL,
  packed   BLOB NOT NULL,  -- quantized_index.py
  PRIMARY KEY (index_id, number)
) STRICT;
