-- Deleted memories, the last deleted first.
SELECT {memory_columns}, m.deleted_at FROM memories m
WHERE m.deleted_at IS NOT NULL AND (m.deleted_at, m.id) < (?, ?)
ORDER BY m.deleted_at DESC, m.id DESC LIMIT ?
