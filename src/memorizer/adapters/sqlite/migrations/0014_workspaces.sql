-- One tree of workspaces and projects (domain/workspaces.py); `path` is the slugs from the root.
CREATE TABLE workspaces (
  seq                INTEGER PRIMARY KEY AUTOINCREMENT,
  id                 TEXT NOT NULL UNIQUE,
  parent_seq         INTEGER REFERENCES workspaces (seq),
  kind               TEXT NOT NULL CHECK (kind IN ('workspace', 'project')),
  name               TEXT NOT NULL,
  slug               TEXT NOT NULL,
  path               TEXT NOT NULL UNIQUE,
  description        TEXT NOT NULL DEFAULT '',
  status             TEXT,
  victory_conditions TEXT,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  archived_at        INTEGER
) STRICT;
CREATE INDEX workspaces_by_parent ON workspaces (parent_seq);

-- They outlive their workspace.
CREATE TABLE workspace_events (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL,
  type         TEXT NOT NULL,
  data         TEXT NOT NULL,  -- a JSON object
  actor        TEXT NOT NULL,
  at           INTEGER NOT NULL
) STRICT;
CREATE INDEX workspace_events_by_workspace ON workspace_events (workspace_id, seq);

-- What a token is bound to; a token without a row may see everything. A row stays when its
-- workspace is deleted, so that the token then sees nothing rather than everything.
CREATE TABLE token_grants (
  token_id     TEXT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  workspace_id TEXT NOT NULL,
  scope        TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
  PRIMARY KEY (token_id, workspace_id)
) STRICT, WITHOUT ROWID;

-- NULL: unfiled. Indexes hold 0 then, because NULLs are never equal.
ALTER TABLE memories ADD COLUMN workspace_seq INTEGER REFERENCES workspaces (seq);
ALTER TABLE memories ADD COLUMN key TEXT;
ALTER TABLE memories ADD COLUMN metadata TEXT;  -- a JSON object; NULL: an empty one
ALTER TABLE memory_versions ADD COLUMN metadata TEXT;
CREATE UNIQUE INDEX memories_by_key ON memories (coalesce(workspace_seq, 0), key)
  WHERE key IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX memories_by_workspace ON memories (coalesce(workspace_seq, 0), id);
