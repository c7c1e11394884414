-- What names a memory's file, and shows whether the file is of its present state.
SELECT m.id, coalesce(m.title, substr(m.text, 1, 80)), m.version, m.updated_at, m.archived_at,
  m.pinned_at, m.key, (SELECT w.id FROM workspaces w WHERE w.seq = m.workspace_seq)
FROM visible_memories m WHERE m.id > ? ORDER BY m.id LIMIT ?
