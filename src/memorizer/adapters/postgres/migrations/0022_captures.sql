-- Parts of transcripts that hooks handed over (domain/captures.py), masked; the text is kept until
-- its job is done, the digest so that the same part is known.
CREATE TABLE captures (
  id            TEXT COLLATE "C" PRIMARY KEY,
  session       TEXT COLLATE "C" NOT NULL,
  digest        TEXT COLLATE "C" NOT NULL,
  client        TEXT COLLATE "C" NOT NULL,
  workspace_seq BIGINT REFERENCES workspaces (seq) ON DELETE CASCADE,
  part          TEXT,
  at            BIGINT NOT NULL,
  UNIQUE (session, digest)
);
