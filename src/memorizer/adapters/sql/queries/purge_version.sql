UPDATE memory_versions SET text = ?, title = ?, tags = ?, metadata = ?, times = ?, purged_at = ?
WHERE memory_id = ? AND version = ?
