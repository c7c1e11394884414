SELECT count(*) FROM visible_memories m
LEFT JOIN recall_counts c ON c.memory_id = m.id
WHERE m.archived_at IS NULL AND m.created_at < ? AND (c.last_at IS NULL OR c.last_at < ?)
