-- What the job `consolidation` and captures suggest (domain/proposals.py); nothing is changed
-- before somebody accepts it. `fingerprint`: what it is about, so that nothing is proposed twice.
CREATE TABLE proposals (
  id                TEXT PRIMARY KEY,
  fingerprint       TEXT NOT NULL UNIQUE,
  kind              TEXT NOT NULL,
  cluster           TEXT NOT NULL,
  workspace_seq     INTEGER REFERENCES workspaces (seq) ON DELETE SET NULL,
  suggestion        TEXT NOT NULL,  -- a JSON object, as is evidence
  reason            TEXT NOT NULL,
  evidence          TEXT NOT NULL,
  score             REAL NOT NULL,
  recommended       INTEGER NOT NULL,
  state             TEXT NOT NULL,
  created_at        INTEGER NOT NULL,
  decided_at        INTEGER,
  decided_by        TEXT,
  change_set_id     TEXT,
  steps             TEXT NOT NULL DEFAULT '[]',  -- what accepting it did, to be undone
  created_memory_id TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX proposals_by_change_set ON proposals (change_set_id) WHERE change_set_id IS NOT NULL;
CREATE INDEX proposals_by_cluster ON proposals (cluster);
CREATE INDEX proposals_by_created ON proposals (created_memory_id)
  WHERE created_memory_id IS NOT NULL;

CREATE TABLE proposal_memories (
  proposal_id TEXT NOT NULL REFERENCES proposals (id) ON DELETE CASCADE,
  position    INTEGER NOT NULL,
  memory_id   TEXT NOT NULL,
  version     INTEGER NOT NULL,
  PRIMARY KEY (proposal_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_memories_by_memory ON proposal_memories (memory_id);
