SELECT count(*) FROM visible_memories WHERE title IS NULL AND archived_at IS NULL
