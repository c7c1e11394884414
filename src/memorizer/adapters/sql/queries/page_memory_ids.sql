SELECT id FROM visible_memories WHERE id > ? ORDER BY id LIMIT ?
