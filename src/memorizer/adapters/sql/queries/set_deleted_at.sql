UPDATE memories SET deleted_at = ? WHERE id = ?
