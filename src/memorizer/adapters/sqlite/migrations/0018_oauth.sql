-- Programs that registered themselves to ask people for access (RFC 7591).
CREATE TABLE oauth_clients (
  id                  TEXT PRIMARY KEY,
  metadata            TEXT NOT NULL,  -- a JSON object, as registered
  secret_digest       TEXT,           -- SHA-256; NULL: a public client
  registration_digest TEXT NOT NULL,  -- SHA-256 of what its registration is deleted with
  address             TEXT NOT NULL,  -- where it registered from; '' once it got a token
  created_at          INTEGER NOT NULL,
  authorized_at       INTEGER         -- when it first got a token
) STRICT;
CREATE INDEX oauth_clients_unfinished ON oauth_clients (created_at) WHERE authorized_at IS NULL;

-- Which tokens were made for clients, and with whose consent.
CREATE TABLE oauth_connections (
  token_id   TEXT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
  client_id  TEXT NOT NULL,  -- of oauth_clients, or the address of a document
  granted_by TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  resource   TEXT NOT NULL
) STRICT;
CREATE INDEX oauth_connections_by_granter ON oauth_connections (granted_by);

CREATE TABLE oauth_codes (
  id           TEXT PRIMARY KEY,
  digest       TEXT NOT NULL,
  client_id    TEXT NOT NULL,
  client_name  TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge    TEXT NOT NULL,
  resource     TEXT NOT NULL,
  scope        TEXT NOT NULL,
  grants       TEXT,           -- a JSON object of scopes by workspace; NULL: not bound
  granted_by   TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  token_id     TEXT            -- what it was exchanged for
) STRICT;

CREATE TABLE oauth_access_tokens (
  id         TEXT PRIMARY KEY,
  token_id   TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  digest     TEXT NOT NULL,
  scope      TEXT NOT NULL,
  resource   TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_access_tokens_by_token ON oauth_access_tokens (token_id, created_at);

-- A used one is kept: whoever sends it again has stolen it, or was stolen from.
CREATE TABLE oauth_refresh_tokens (
  id              TEXT PRIMARY KEY,
  token_id        TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  digest          TEXT NOT NULL,
  scope           TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  used_at         INTEGER,
  nonce           TEXT,  -- with the secret itself it makes those of its successors
  next_refresh_id TEXT,
  next_access_id  TEXT
) STRICT;
CREATE INDEX oauth_refresh_tokens_by_token ON oauth_refresh_tokens (token_id, created_at);
