-- Who may come in. A revoked token keeps its row: a store that was closed once stays closed.
CREATE TABLE tokens (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  scope        TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
  digest       TEXT NOT NULL,     -- SHA-256 of the secret, which is nowhere
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  revoked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX tokens_one_per_name ON tokens (name) WHERE revoked_at IS NULL;

-- Browsers that a token has logged in.
CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  token_id   TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  digest     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
