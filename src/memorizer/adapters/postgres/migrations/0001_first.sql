-- Times are UTC milliseconds. `seq` is the row's number in this database, `id` its name outside.
-- Ids are compared byte by byte, as everywhere else in Memorizer, whatever the database's locale.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE memories (
  seq              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id               TEXT COLLATE "C" NOT NULL UNIQUE,
  type             TEXT COLLATE "C" NOT NULL,
  title            TEXT,
  source           TEXT NOT NULL,
  confidence       DOUBLE PRECISION NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  version          INTEGER NOT NULL CHECK (version >= 1),
  created_at       BIGINT NOT NULL,
  updated_at       BIGINT NOT NULL,
  archived_at      BIGINT,
  deleted_at       BIGINT,
  embedding_status TEXT NOT NULL CHECK (embedding_status IN ('pending', 'ready', 'failed')),
  text             TEXT NOT NULL
);

-- The one place that hides deleted memories: every reader goes through it.
CREATE VIEW visible_memories AS SELECT * FROM memories WHERE deleted_at IS NULL;

CREATE INDEX memories_live ON memories (id) WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX memories_by_type ON memories (type, id) WHERE deleted_at IS NULL;
CREATE INDEX memories_untitled ON memories (id) WHERE deleted_at IS NULL AND title IS NULL;
CREATE INDEX memories_not_embedded ON memories (embedding_status, id)
  WHERE deleted_at IS NULL AND embedding_status <> 'ready';
-- Counts over all memories without reading the memories.
CREATE INDEX memories_by_status ON memories (embedding_status, archived_at, type, created_at)
  WHERE deleted_at IS NULL;

CREATE TABLE memory_tags (
  memory_seq BIGINT NOT NULL REFERENCES memories (seq) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  tag        TEXT COLLATE "C" NOT NULL,
  folded     TEXT COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(tag)) STORED,
  PRIMARY KEY (memory_seq, folded)
);
CREATE INDEX memory_tags_by_tag ON memory_tags (folded, memory_seq);

CREATE TABLE memory_versions (
  memory_id  TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL,
  type       TEXT NOT NULL,
  title      TEXT,
  source     TEXT NOT NULL,
  tags       TEXT NOT NULL,  -- a JSON list
  confidence DOUBLE PRECISION NOT NULL,
  at         BIGINT NOT NULL,
  text       TEXT NOT NULL,
  PRIMARY KEY (memory_id, version)
);

CREATE TABLE memory_events (
  seq       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id        TEXT COLLATE "C" NOT NULL UNIQUE,
  memory_id TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version   INTEGER NOT NULL,
  type      TEXT NOT NULL,
  data      TEXT NOT NULL,  -- a JSON object
  actor     TEXT NOT NULL,
  at        BIGINT NOT NULL
);
CREATE INDEX memory_events_by_memory ON memory_events (memory_id, seq);

CREATE TABLE relationships (
  id      TEXT COLLATE "C" PRIMARY KEY,
  from_id TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  to_id   TEXT COLLATE "C" NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  type    TEXT NOT NULL,
  score   DOUBLE PRECISION,
  at      BIGINT NOT NULL,
  UNIQUE (from_id, to_id, type),
  CHECK (from_id <> to_id)
);
CREATE INDEX relationships_incoming ON relationships (to_id);

CREATE TABLE replies (
  key              TEXT PRIMARY KEY,
  fingerprint      TEXT NOT NULL,
  memory_id        TEXT NOT NULL,
  embedding_status TEXT NOT NULL,
  title_job_id     TEXT,
  at               BIGINT NOT NULL
);
CREATE INDEX replies_by_age ON replies (at);

CREATE TABLE embedding_models (
  id         INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       TEXT NOT NULL,
  dimensions INTEGER NOT NULL CHECK (dimensions > 0),
  state      TEXT NOT NULL CHECK (state IN ('building', 'active', 'retired')),
  job_id     TEXT,
  spec       TEXT  -- how to open the model again
);
CREATE UNIQUE INDEX one_active_model ON embedding_models (state) WHERE state = 'active';

-- The truth. Each model has a partition with its indexes (vectors.py), dropped as a whole.
CREATE TABLE embeddings (
  memory_seq BIGINT NOT NULL REFERENCES memories (seq) ON DELETE CASCADE,
  model_id   INTEGER NOT NULL REFERENCES embedding_models (id),
  kind       TEXT NOT NULL CHECK (kind IN ('content', 'metadata')),
  chunk_no   INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  vector     VECTOR NOT NULL,
  PRIMARY KEY (memory_seq, model_id, kind, chunk_no)
) PARTITION BY LIST (model_id);

CREATE TABLE jobs (
  seq              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id               TEXT COLLATE "C" NOT NULL UNIQUE,
  queue            TEXT COLLATE "C" NOT NULL,
  name             TEXT NOT NULL,
  data             TEXT NOT NULL,                 -- a JSON object
  state            TEXT COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK
    (state IN ('waiting', 'delayed', 'active', 'completed', 'failed', 'cancelled')),
  progress         INTEGER NOT NULL DEFAULT 0,
  steps            TEXT NOT NULL DEFAULT '[]',    -- JSON: [[revision, progress], ...]
  revision         INTEGER NOT NULL DEFAULT 0,    -- grows with every visible change
  items_total      INTEGER,
  items_done       INTEGER,
  items_failed     INTEGER,
  attempts         INTEGER NOT NULL DEFAULT 0,    -- ended attempts, the successful one included
  max_attempts     INTEGER NOT NULL,
  rescues          INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  result           TEXT,
  error            TEXT,
  unique_key       TEXT COLLATE "C",
  parent_id        TEXT COLLATE "C" REFERENCES jobs (id) ON DELETE CASCADE,
  worker_id        TEXT COLLATE "C",
  lease_token      TEXT,
  lease_until      BIGINT,
  run_at           BIGINT,
  created_at       BIGINT NOT NULL,
  started_at       BIGINT,
  finished_at      BIGINT
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX jobs_one_unfinished_per_key ON jobs (unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('waiting', 'delayed', 'active');
CREATE INDEX jobs_ready ON jobs (queue, seq) WHERE state IN ('waiting', 'delayed');
CREATE INDEX jobs_active ON jobs (lease_until) WHERE state = 'active';
CREATE INDEX jobs_listed ON jobs (queue, state, seq);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_children ON jobs (parent_id, state) WHERE parent_id IS NOT NULL;

-- Counts are kept, not counted: the dashboard asks often and the table grows long. Each change
-- adds a row, so that workers do not wait for each other; the count is their sum.
CREATE TABLE job_counts (
  queue TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL
);

CREATE FUNCTION sum_up_job_counts() RETURNS void LANGUAGE sql AS $$
  WITH gone AS (
    DELETE FROM job_counts WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM job_counts LIMIT 2000 FOR UPDATE SKIP LOCKED))
    RETURNING queue, state, count
  )
  INSERT INTO job_counts SELECT queue, state, sum(count) FROM gone GROUP BY 1, 2
  HAVING sum(count) <> 0;
$$;

CREATE FUNCTION count_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO job_counts SELECT queue, state, count(*) FROM new_jobs GROUP BY 1, 2;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO job_counts SELECT queue, state, -count(*) FROM old_jobs GROUP BY 1, 2;
  ELSE
    INSERT INTO job_counts
      SELECT queue, state, sum(change) FROM (
        SELECT queue, state, 1 AS change FROM new_jobs
        UNION ALL SELECT queue, state, -1 FROM old_jobs
      ) changes GROUP BY 1, 2 HAVING sum(change) <> 0;
  END IF;
  IF random() < 0.01 THEN
    PERFORM sum_up_job_counts();
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_count_insert AFTER INSERT ON jobs
  REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION count_jobs();
CREATE TRIGGER jobs_count_update AFTER UPDATE ON jobs
  REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs
  FOR EACH STATEMENT EXECUTE FUNCTION count_jobs();
CREATE TRIGGER jobs_count_delete AFTER DELETE ON jobs
  REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT EXECUTE FUNCTION count_jobs();

CREATE TABLE paused_queues (queue TEXT COLLATE "C" PRIMARY KEY);

-- Jobs of a queue outside this database (ports/dispatches.py): kept until they have ended.
CREATE TABLE dispatches (
  seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id     TEXT COLLATE "C" NOT NULL UNIQUE,
  queue      TEXT NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,                -- a JSON object
  unique_key TEXT COLLATE "C" UNIQUE,      -- given up with the result
  parent_id  TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  sent       INTEGER NOT NULL DEFAULT 0,
  result     TEXT                          -- a JSON object: the effect is written
);
CREATE INDEX dispatches_unsent ON dispatches (seq) WHERE sent = 0;
CREATE INDEX dispatches_children ON dispatches (parent_id) WHERE parent_id IS NOT NULL;

-- The ledger of bulk jobs, for both kinds of queue.
CREATE TABLE bulk_slices (
  job_id    TEXT COLLATE "C" NOT NULL,
  number    INTEGER NOT NULL,
  item_ids  TEXT NOT NULL,  -- a JSON list
  size      INTEGER NOT NULL,
  next_item INTEGER NOT NULL DEFAULT 0,
  done      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, number)
);
CREATE TABLE job_failures (
  job_id  TEXT COLLATE "C" NOT NULL,
  item_id TEXT COLLATE "C" NOT NULL,
  error   TEXT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (job_id, item_id)
);
CREATE FUNCTION take_ledgers_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM bulk_slices WHERE job_id IN (SELECT id FROM old_jobs)
    AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.job_id = bulk_slices.job_id);
  DELETE FROM job_failures WHERE job_id IN (SELECT id FROM old_jobs)
    AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.job_id = job_failures.job_id);
  RETURN NULL;
END $$;
CREATE TRIGGER jobs_take_their_ledger_along AFTER DELETE ON jobs
  REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT EXECUTE FUNCTION take_ledgers_along();

CREATE TABLE workers (
  id           TEXT COLLATE "C" PRIMARY KEY,
  host         TEXT NOT NULL,
  pid          INTEGER NOT NULL,
  queues       TEXT NOT NULL,  -- a JSON list
  started_at   BIGINT NOT NULL,
  heartbeat_at BIGINT NOT NULL
);

-- Where the unfinished jobs are: in this database, or in a queue elsewhere. One row, once known.
CREATE TABLE queue_home (elsewhere INTEGER NOT NULL);

-- Words of the present version, cut and stemmed by full_text.py, the same in every language.
CREATE TABLE memory_words (
  memory_seq BIGINT PRIMARY KEY REFERENCES memories (seq) ON DELETE CASCADE,
  words      TSVECTOR NOT NULL,
  length     INTEGER NOT NULL  -- how many words
);
CREATE INDEX memory_words_index ON memory_words USING gin (words);
