-- Parts of transcripts that hooks handed over (domain/captures.py), masked; the text is kept until
-- its job is done, the digest so that the same part is known.
CREATE TABLE captures (
  id            TEXT PRIMARY KEY,
  session       TEXT NOT NULL,
  digest        TEXT NOT NULL,
  client        TEXT NOT NULL,
  workspace_seq INTEGER REFERENCES workspaces (seq) ON DELETE CASCADE,
  part          TEXT,
  at            INTEGER NOT NULL,
  UNIQUE (session, digest)
) STRICT, WITHOUT ROWID;
