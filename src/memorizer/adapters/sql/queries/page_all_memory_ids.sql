-- Also those of deleted memories.
SELECT id FROM memories WHERE id > ? ORDER BY id LIMIT ?
