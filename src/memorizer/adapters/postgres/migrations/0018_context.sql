-- Memories that every context pack begins with; NULL: not pinned.
ALTER TABLE memories ADD COLUMN pinned_at BIGINT;
CREATE OR REPLACE VIEW visible_memories AS SELECT * FROM memories WHERE deleted_at IS NULL;
CREATE INDEX memories_pinned ON memories (id) WHERE pinned_at IS NOT NULL AND deleted_at IS NULL;

-- What an agent's session has been shown already; the row without a memory says that it began.
CREATE TABLE shown_memories (
  session   TEXT COLLATE "C" NOT NULL,
  memory_id TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (session, memory_id)
);
CREATE INDEX shown_memories_by_time ON shown_memories (at);
