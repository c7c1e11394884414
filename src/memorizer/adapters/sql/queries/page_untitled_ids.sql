SELECT id FROM visible_memories
WHERE title IS NULL AND archived_at IS NULL AND id > ?
ORDER BY id LIMIT ?
