-- What the job `consolidation` and captures suggest (domain/proposals.py); nothing is changed
-- before somebody accepts it. `fingerprint`: what it is about, so that nothing is proposed twice.
CREATE TABLE proposals (
  id                TEXT COLLATE "C" PRIMARY KEY,
  fingerprint       TEXT COLLATE "C" NOT NULL UNIQUE,
  kind              TEXT COLLATE "C" NOT NULL,
  cluster           TEXT COLLATE "C" NOT NULL,
  workspace_seq     BIGINT REFERENCES workspaces (seq) ON DELETE SET NULL,
  suggestion        TEXT COLLATE "C" NOT NULL,  -- a JSON object, as is evidence
  reason            TEXT COLLATE "C" NOT NULL,
  evidence          TEXT COLLATE "C" NOT NULL,
  score             DOUBLE PRECISION NOT NULL,
  recommended       BIGINT NOT NULL,
  state             TEXT COLLATE "C" NOT NULL,
  created_at        BIGINT NOT NULL,
  decided_at        BIGINT,
  decided_by        TEXT,
  change_set_id     TEXT,
  steps             TEXT COLLATE "C" NOT NULL DEFAULT '[]',  -- what accepting it did, to be undone
  created_memory_id TEXT
);
CREATE INDEX proposals_by_change_set ON proposals (change_set_id) WHERE change_set_id IS NOT NULL;
CREATE INDEX proposals_by_cluster ON proposals (cluster);
CREATE INDEX proposals_by_created ON proposals (created_memory_id)
  WHERE created_memory_id IS NOT NULL;

CREATE TABLE proposal_memories (
  proposal_id TEXT COLLATE "C" NOT NULL REFERENCES proposals (id) ON DELETE CASCADE,
  position    BIGINT NOT NULL,
  memory_id   TEXT COLLATE "C" NOT NULL,
  version     BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, position)
);
CREATE INDEX proposal_memories_by_memory ON proposal_memories (memory_id);

ALTER TABLE proposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE proposals FORCE ROW LEVEL SECURITY;
CREATE POLICY proposals_in_scope ON proposals USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR coalesce(workspace_seq, 0) = ANY (
    (SELECT string_to_array(current_setting('memorizer.workspaces', true), ','))::bigint[]));
