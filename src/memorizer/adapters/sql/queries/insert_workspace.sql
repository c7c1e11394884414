INSERT INTO workspaces (
  id, parent_seq, name, slug, path, kind, created_at, updated_at, description, status,
  victory_conditions, archived_at
) VALUES (?, (SELECT seq FROM workspaces WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
