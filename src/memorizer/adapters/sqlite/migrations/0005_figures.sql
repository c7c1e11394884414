-- Counts over all memories without reading the memories. Narrow and wide on purpose: among partial
-- indexes SQLite takes the narrowest, so the wide one is no temptation to other queries.
DROP INDEX memories_by_age;
CREATE INDEX memories_in_use ON memories (type, archived_at) WHERE deleted_at IS NULL;
CREATE INDEX memories_by_status ON memories (embedding_status, archived_at, type, created_at)
  WHERE deleted_at IS NULL;
