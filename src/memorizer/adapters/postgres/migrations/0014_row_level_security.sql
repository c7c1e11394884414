-- The second wall (adapters/sql/scoping.py is the first): a transaction that is bound to a scope
-- sees and changes nothing else, whatever it executes. Where the setting is empty nothing is hidden.
ALTER TABLE memories ENABLE ROW LEVEL SECURITY;
ALTER TABLE memories FORCE ROW LEVEL SECURITY;
CREATE POLICY memories_in_scope ON memories USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR coalesce(workspace_seq, 0) = ANY (
    (SELECT string_to_array(current_setting('memorizer.workspaces', true), ','))::bigint[]));

ALTER TABLE memory_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY memory_versions_in_scope ON memory_versions USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR EXISTS (SELECT 1 FROM memories m WHERE m.id = memory_id));

ALTER TABLE memory_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_events FORCE ROW LEVEL SECURITY;
CREATE POLICY memory_events_in_scope ON memory_events USING (
  coalesce((SELECT current_setting('memorizer.workspaces', true)), '') = ''
  OR EXISTS (SELECT 1 FROM memories m WHERE m.id = memory_id));

-- A policy reads workspace_seq of every row: with it, what was counted in an index alone still is.
DROP INDEX memories_by_status;
CREATE INDEX memories_by_status
  ON memories (embedding_status, archived_at, type, created_at, workspace_seq)
  WHERE deleted_at IS NULL;
