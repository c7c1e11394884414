-- Times are UTC milliseconds. `seq` is the row's number inside this file, `id` its name outside.

CREATE TABLE memories (
  seq              INTEGER PRIMARY KEY AUTOINCREMENT,
  id               TEXT NOT NULL UNIQUE,
  type             TEXT NOT NULL,
  title            TEXT,
  source           TEXT NOT NULL,
  confidence       REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  version          INTEGER NOT NULL CHECK (version >= 1),
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  archived_at      INTEGER,
  deleted_at       INTEGER,
  embedding_status TEXT NOT NULL CHECK (embedding_status IN ('pending', 'ready', 'failed')),
  text             TEXT NOT NULL
) STRICT;

-- The one place that hides deleted memories: every reader goes through it.
CREATE VIEW visible_memories AS SELECT * FROM memories WHERE deleted_at IS NULL;

CREATE INDEX memories_live ON memories (id) WHERE deleted_at IS NULL AND archived_at IS NULL;
CREATE INDEX memories_by_type ON memories (type, id) WHERE deleted_at IS NULL;
CREATE INDEX memories_untitled ON memories (id) WHERE deleted_at IS NULL AND title IS NULL;
CREATE INDEX memories_not_embedded ON memories (embedding_status, id)
  WHERE deleted_at IS NULL AND embedding_status <> 'ready';

CREATE TABLE memory_tags (
  memory_seq INTEGER NOT NULL REFERENCES memories (seq) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  tag        TEXT NOT NULL COLLATE NOCASE,
  PRIMARY KEY (memory_seq, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_tags_by_tag ON memory_tags (tag, memory_seq);

CREATE TABLE memory_versions (
  memory_id  TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL,
  type       TEXT NOT NULL,
  title      TEXT,
  source     TEXT NOT NULL,
  tags       TEXT NOT NULL,  -- a JSON list
  confidence REAL NOT NULL,
  at         INTEGER NOT NULL,
  text       TEXT NOT NULL,
  PRIMARY KEY (memory_id, version)
) STRICT;

CREATE TABLE memory_events (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT NOT NULL UNIQUE,
  memory_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  version   INTEGER NOT NULL,
  type      TEXT NOT NULL,
  data      TEXT NOT NULL,  -- a JSON object
  actor     TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX memory_events_by_memory ON memory_events (memory_id, seq);

CREATE TABLE relationships (
  id      TEXT PRIMARY KEY,
  from_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  to_id   TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
  type    TEXT NOT NULL,
  score   REAL,
  at      INTEGER NOT NULL,
  UNIQUE (from_id, to_id, type),
  CHECK (from_id <> to_id)
) STRICT;
CREATE INDEX relationships_incoming ON relationships (to_id);

CREATE TABLE replies (
  key              TEXT PRIMARY KEY,
  fingerprint      TEXT NOT NULL,
  memory_id        TEXT NOT NULL,
  embedding_status TEXT NOT NULL,
  title_job_id     TEXT,
  at               INTEGER NOT NULL
) STRICT;
CREATE INDEX replies_by_age ON replies (at);

-- Words of the present version, prepared by domain/words.py. The text itself stays in memories.
CREATE VIRTUAL TABLE memory_words USING fts5 (
  title, tags, text,
  content = '', contentless_delete = 1, prefix = '2 3',
  tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co So'"
);

CREATE TABLE embedding_models (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  dimensions INTEGER NOT NULL CHECK (dimensions > 0),
  state      TEXT NOT NULL CHECK (state IN ('building', 'active', 'retired')),
  job_id     TEXT
) STRICT;
CREATE UNIQUE INDEX one_active_model ON embedding_models (state) WHERE state = 'active';

-- `vector` (float32) is the truth; `code` (a byte per dimension) only finds candidates fast.
CREATE TABLE embeddings (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  memory_seq INTEGER NOT NULL REFERENCES memories (seq) ON DELETE CASCADE,
  model_id   INTEGER NOT NULL REFERENCES embedding_models (id),
  kind       TEXT NOT NULL CHECK (kind IN ('content', 'metadata')),
  chunk_no   INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  code       BLOB NOT NULL,
  vector     BLOB NOT NULL,
  UNIQUE (memory_seq, model_id, kind, chunk_no)
) STRICT;
CREATE INDEX embedding_codes ON embeddings (model_id, kind, id, code);

-- A vector of another model's length can never be mixed in.
CREATE TRIGGER embeddings_have_the_models_length BEFORE INSERT ON embeddings
WHEN length(NEW.vector) <> 4 * (SELECT dimensions FROM embedding_models WHERE id = NEW.model_id)
BEGIN
  SELECT RAISE(ABORT, 'the vector has not the length of its model');
END;

CREATE TABLE jobs (
  seq              INTEGER PRIMARY KEY AUTOINCREMENT,
  id               TEXT NOT NULL UNIQUE,
  queue            TEXT NOT NULL,
  name             TEXT NOT NULL,
  data             TEXT NOT NULL,                 -- a JSON object
  state            TEXT NOT NULL DEFAULT 'waiting' CHECK
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
  unique_key       TEXT,
  parent_id        TEXT REFERENCES jobs (id) ON DELETE CASCADE,
  worker_id        TEXT,
  lease_token      TEXT,
  lease_until      INTEGER,
  run_at           INTEGER,
  created_at       INTEGER NOT NULL,
  started_at       INTEGER,
  finished_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX jobs_one_unfinished_per_key ON jobs (unique_key)
  WHERE unique_key IS NOT NULL AND state IN ('waiting', 'delayed', 'active');
CREATE INDEX jobs_ready ON jobs (queue, seq) WHERE state IN ('waiting', 'delayed');
CREATE INDEX jobs_active ON jobs (lease_until) WHERE state = 'active';
CREATE INDEX jobs_listed ON jobs (queue, state, seq);
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_children ON jobs (parent_id, state) WHERE parent_id IS NOT NULL;

-- Counts are kept, not counted: the dashboard asks often and the table grows long.
CREATE TABLE job_counts (
  queue TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (queue, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER jobs_count_insert AFTER INSERT ON jobs BEGIN
  INSERT INTO job_counts VALUES (NEW.queue, NEW.state, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER jobs_count_update AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
  UPDATE job_counts SET count = count - 1 WHERE queue = OLD.queue AND state = OLD.state;
  INSERT INTO job_counts VALUES (NEW.queue, NEW.state, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER jobs_count_delete AFTER DELETE ON jobs BEGIN
  UPDATE job_counts SET count = count - 1 WHERE queue = OLD.queue AND state = OLD.state;
END;

CREATE TABLE paused_queues (queue TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE bulk_slices (
  job_id    TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  number    INTEGER NOT NULL,
  item_ids  TEXT NOT NULL,  -- a JSON list
  size      INTEGER NOT NULL,
  next_item INTEGER NOT NULL DEFAULT 0,
  done      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_failures (
  job_id  TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  item_id TEXT NOT NULL,
  error   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (job_id, item_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  id           TEXT PRIMARY KEY,
  host         TEXT NOT NULL,
  pid          INTEGER NOT NULL,
  queues       TEXT NOT NULL,  -- a JSON list
  started_at   INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
