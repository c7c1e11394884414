-- What searches and context packs showed to whom. A workspace that is deleted leaves recalls that
-- only those see who see everything.
CREATE TABLE recalls (
  id            TEXT COLLATE "C" PRIMARY KEY,
  at            BIGINT NOT NULL,
  door          TEXT NOT NULL,
  actor         TEXT NOT NULL,
  caller        TEXT NOT NULL,
  client        TEXT NOT NULL,
  query         TEXT,
  workspace_seq BIGINT REFERENCES workspaces (seq) ON DELETE SET NULL,
  took_ms       BIGINT NOT NULL,
  is_degraded   INTEGER NOT NULL,
  answered      BIGINT NOT NULL
);
CREATE INDEX recalls_empty ON recalls (id) WHERE answered = 0;
CREATE INDEX recalls_by_workspace ON recalls (workspace_seq);

CREATE TABLE recalled_memories (
  recall_id TEXT COLLATE "C" NOT NULL REFERENCES recalls (id) ON DELETE CASCADE,
  rank      INTEGER NOT NULL,
  memory_id TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  relevance DOUBLE PRECISION,
  is_weak   INTEGER NOT NULL,
  PRIMARY KEY (recall_id, rank)
);
CREATE INDEX recalled_memories_by_memory ON recalled_memories (memory_id, recall_id);

-- How often each memory was shown since the log began; it outlasts the recalls.
CREATE TABLE recall_counts (
  memory_id TEXT COLLATE "C" PRIMARY KEY REFERENCES memories (id) ON DELETE CASCADE,
  number    BIGINT NOT NULL,
  last_at   BIGINT NOT NULL
);

CREATE TABLE recall_log (began_at BIGINT NOT NULL);
INSERT INTO recall_log VALUES ((extract(epoch FROM now()) * 1000)::bigint);
