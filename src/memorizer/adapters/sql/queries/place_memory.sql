-- A key that another memory has there already is given up.
UPDATE memories SET
  workspace_seq = (SELECT seq FROM workspaces w WHERE w.id = ?),
  key = CASE WHEN EXISTS (
    SELECT 1 FROM memories o
    WHERE o.key = memories.key AND o.deleted_at IS NULL AND o.id <> memories.id
      AND coalesce(o.workspace_seq, 0) = coalesce((SELECT seq FROM workspaces w WHERE w.id = ?), 0)
  ) THEN NULL ELSE key END
WHERE id = ?
