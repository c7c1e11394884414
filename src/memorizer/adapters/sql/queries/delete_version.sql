DELETE FROM memory_versions WHERE memory_id = ? AND version = ?
