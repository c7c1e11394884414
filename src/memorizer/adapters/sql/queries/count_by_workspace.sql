SELECT
  w.id,
  sum(CASE WHEN m.deleted_at IS NULL THEN 1 ELSE 0 END),
  sum(CASE WHEN m.deleted_at IS NULL THEN 0 ELSE 1 END)
FROM memories m JOIN workspaces w ON w.seq = m.workspace_seq
GROUP BY w.id
