UPDATE memory_versions SET text = ?, title = ?, tags = ?, metadata = ?, purged_at = ?
WHERE memory_id = ? AND version = ?
