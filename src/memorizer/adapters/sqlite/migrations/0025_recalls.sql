-- What searches and context packs showed to whom. A workspace that is deleted leaves recalls that
-- only those see who see everything.
CREATE TABLE recalls (
  id            TEXT PRIMARY KEY,
  at            INTEGER NOT NULL,
  door          TEXT NOT NULL,
  actor         TEXT NOT NULL,
  caller        TEXT NOT NULL,
  client        TEXT NOT NULL,
  query         TEXT,
  workspace_seq INTEGER REFERENCES workspaces (seq) ON DELETE SET NULL,
  took_ms       INTEGER NOT NULL,
  is_degraded   INTEGER NOT NULL,
  answered      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recalls_empty ON recalls (id) WHERE answered = 0;
CREATE INDEX recalls_by_workspace ON recalls (workspace_seq);

CREATE TABLE recalled_memories (
  recall_id TEXT NOT NULL REFERENCES recalls (id) ON DELETE CASCADE,
  rank      INTEGER NOT NULL,
  memory_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  relevance REAL,
  is_weak   INTEGER NOT NULL,
  PRIMARY KEY (recall_id, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX recalled_memories_by_memory ON recalled_memories (memory_id, recall_id);

-- How often each memory was shown since the log began; it outlasts the recalls.
CREATE TABLE recall_counts (
  memory_id TEXT PRIMARY KEY REFERENCES memories (id) ON DELETE CASCADE,
  number    INTEGER NOT NULL,
  last_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE recall_log (began_at INTEGER NOT NULL) STRICT;
INSERT INTO recall_log VALUES (CAST(unixepoch('subsec') * 1000 AS INTEGER));
