-- Memories that every context pack begins with; NULL: not pinned.
ALTER TABLE memories ADD COLUMN pinned_at INTEGER;
CREATE INDEX memories_pinned ON memories (id) WHERE pinned_at IS NOT NULL AND deleted_at IS NULL;

-- What an agent's session has been shown already; the row without a memory says that it began.
CREATE TABLE shown_memories (
  session   TEXT NOT NULL,
  memory_id TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (session, memory_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shown_memories_by_time ON shown_memories (at);
