UPDATE memories SET archived_at = ? WHERE id = ? AND deleted_at IS NULL
