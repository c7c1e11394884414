SELECT version, length(text) FROM memory_versions
WHERE memory_id = ? AND version <= ?
ORDER BY version DESC LIMIT ?
