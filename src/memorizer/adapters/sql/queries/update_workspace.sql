UPDATE workspaces SET
  parent_seq = (SELECT seq FROM workspaces p WHERE p.id = ?), name = ?, slug = ?, path = ?,
  kind = ?, updated_at = ?, description = ?, status = ?, victory_conditions = ?, archived_at = ?
WHERE id = ?
