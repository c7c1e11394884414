-- Which memories of a scope are live is read from the index alone: looking into a thousand rows
-- took most of a search in a workspace.
DROP INDEX memories_by_workspace;
CREATE INDEX memories_by_workspace
  ON memories (coalesce(workspace_seq, 0), id, deleted_at, archived_at);
