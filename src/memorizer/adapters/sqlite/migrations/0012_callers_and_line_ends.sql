-- An Idempotency-Key belongs to the caller who sent it: a token's id, or 'local'.
CREATE TABLE new_replies (
  caller           TEXT NOT NULL DEFAULT 'local',
  key              TEXT NOT NULL,
  fingerprint      TEXT NOT NULL,
  memory_id        TEXT NOT NULL,
  embedding_status TEXT NOT NULL,
  title_job_id     TEXT,
  at               INTEGER NOT NULL,
  duplicate_of     TEXT,
  PRIMARY KEY (caller, key)
) STRICT;
INSERT INTO new_replies SELECT 'local', key, fingerprint, memory_id, embedding_status, title_job_id,
  at, duplicate_of FROM replies;
DROP TABLE replies;
ALTER TABLE new_replies RENAME TO replies;
CREATE INDEX replies_by_age ON replies (at);
CREATE INDEX replies_by_memory ON replies (memory_id);

-- Texts that differ in line ends alone are the same (domain/memories.py).
UPDATE memories SET text_digest = digest_of(text) WHERE instr(text, char(13)) > 0;
