SELECT id, coalesce(title, substr(text, 1, 80)) FROM visible_memories
WHERE id > ? ORDER BY id LIMIT ?
