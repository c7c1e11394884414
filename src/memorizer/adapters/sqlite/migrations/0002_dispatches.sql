-- Jobs of a queue outside this file (ports/dispatches.py): kept until they have ended.
CREATE TABLE dispatches (
  seq        INTEGER PRIMARY KEY,
  job_id     TEXT NOT NULL UNIQUE,
  queue      TEXT NOT NULL,
  name       TEXT NOT NULL,
  data       TEXT NOT NULL,     -- a JSON object
  unique_key TEXT UNIQUE,       -- given up with the result
  parent_id  TEXT,
  created_at INTEGER NOT NULL,
  sent       INTEGER NOT NULL DEFAULT 0,
  result     TEXT               -- a JSON object: the effect is written
) STRICT;
CREATE INDEX dispatches_unsent ON dispatches (seq) WHERE NOT sent;
CREATE INDEX dispatches_children ON dispatches (parent_id) WHERE parent_id IS NOT NULL;

-- The ledger of a bulk job serves both kinds of queue: it no longer hangs on the table of jobs.
ALTER TABLE bulk_slices RENAME TO old_slices;
CREATE TABLE bulk_slices (
  job_id    TEXT NOT NULL,
  number    INTEGER NOT NULL,
  item_ids  TEXT NOT NULL,  -- a JSON list
  size      INTEGER NOT NULL,
  next_item INTEGER NOT NULL DEFAULT 0,
  done      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO bulk_slices SELECT * FROM old_slices;
DROP TABLE old_slices;

ALTER TABLE job_failures RENAME TO old_failures;
CREATE TABLE job_failures (
  job_id  TEXT NOT NULL,
  item_id TEXT NOT NULL,
  error   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (job_id, item_id)
) STRICT, WITHOUT ROWID;
INSERT INTO job_failures SELECT * FROM old_failures;
DROP TABLE old_failures;

CREATE TRIGGER jobs_take_their_ledger_along AFTER DELETE ON jobs
WHEN NOT EXISTS (SELECT 1 FROM dispatches WHERE job_id = OLD.id)
BEGIN
  DELETE FROM bulk_slices WHERE job_id = OLD.id;
  DELETE FROM job_failures WHERE job_id = OLD.id;
END;
