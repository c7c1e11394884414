INSERT INTO documents (
  id, workspace_seq, source, title, media_type, checksum, size_bytes, version, created_at,
  updated_at, warnings
) VALUES (?, (SELECT seq FROM workspaces WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)
