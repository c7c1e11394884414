SELECT id FROM memories
WHERE deleted_at IS NOT NULL AND deleted_at <= ?
ORDER BY deleted_at, id LIMIT ?
