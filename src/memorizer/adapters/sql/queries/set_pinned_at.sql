UPDATE memories SET pinned_at = ? WHERE id = ? AND deleted_at IS NULL
