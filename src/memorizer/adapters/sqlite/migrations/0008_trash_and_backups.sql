-- What was deleted, in the order in which it leaves for ever.
CREATE INDEX memories_in_trash ON memories (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- Equal texts have equal digests (domain/memories.py); digest_of is known while migrating only.
ALTER TABLE memories ADD COLUMN text_digest TEXT NOT NULL DEFAULT '';
UPDATE memories SET text_digest = digest_of(text);
CREATE INDEX memories_by_digest ON memories (text_digest)
  WHERE deleted_at IS NULL AND archived_at IS NULL;

ALTER TABLE replies ADD COLUMN duplicate_of TEXT;
CREATE INDEX replies_by_memory ON replies (memory_id);

-- Attempts to make a backup; a path without an error is a backup that was verified.
CREATE TABLE backups (
  id         TEXT PRIMARY KEY,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL,
  host       TEXT NOT NULL,
  path       TEXT,
  bytes      INTEGER,
  memories   INTEGER,
  error      TEXT
) STRICT;
CREATE INDEX backups_by_age ON backups (started_at);
