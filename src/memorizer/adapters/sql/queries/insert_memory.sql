INSERT INTO memories (
  id, type, type_folded, title, source, confidence, version,
  created_at, updated_at, archived_at, embedding_status, text, text_digest,
  workspace_seq, key, metadata, pinned_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  (SELECT seq FROM workspaces WHERE id = ?), ?, ?, ?
)
