-- A time that lies too far ahead is one of a clock that was set back.
SELECT id FROM memories
WHERE deleted_at IS NULL AND embedding_status = 'pending'
  AND coalesce(embed_after, 0) NOT BETWEEN ? AND ?
ORDER BY id LIMIT ?
