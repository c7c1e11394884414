-- What imported memories are called where they came from, and what was imported together.
CREATE TABLE external_ids (
  source     TEXT NOT NULL,  -- a format, such as markdown
  key        TEXT NOT NULL,  -- its kind before a colon: id, permalink, path, text
  memory_id  TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  collection TEXT NOT NULL,
  at         INTEGER NOT NULL,  -- when an import saw it last; UTC milliseconds
  PRIMARY KEY (source, key, memory_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_ids_by_memory ON external_ids (memory_id);
CREATE INDEX external_ids_by_collection ON external_ids (source, collection);
