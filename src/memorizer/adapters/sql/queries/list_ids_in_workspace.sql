-- Live memories, or those in the trash, directly in a workspace.
SELECT m.id FROM memories m JOIN workspaces w ON coalesce(m.workspace_seq, 0) = w.seq
WHERE w.id = ? AND (CASE WHEN m.deleted_at IS NULL THEN 0 ELSE 1 END) = ?
ORDER BY m.id LIMIT ?
