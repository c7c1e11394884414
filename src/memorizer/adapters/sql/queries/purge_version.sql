UPDATE memory_versions SET text = ?, title = ?, tags = ?, purged_at = ?
WHERE memory_id = ? AND version = ?
