-- Who may come in. A revoked token keeps its row: a store that was closed once stays closed.
CREATE TABLE tokens (
  id           text PRIMARY KEY,
  name         text NOT NULL,
  scope        text NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
  digest       text NOT NULL,     -- SHA-256 of the secret, which is nowhere
  created_at   bigint NOT NULL,
  expires_at   bigint,
  last_used_at bigint,
  revoked_at   bigint
);
CREATE UNIQUE INDEX tokens_one_per_name ON tokens (name) WHERE revoked_at IS NULL;

-- Browsers that a token has logged in.
CREATE TABLE sessions (
  id         text PRIMARY KEY,
  token_id   text NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  digest     text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
