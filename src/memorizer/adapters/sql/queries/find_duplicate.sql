-- The first memory whose text is the same but for the kind of its line endings.
SELECT id FROM memories
WHERE text_digest = ? AND deleted_at IS NULL AND archived_at IS NULL
  AND replace(replace(text, ?, ?), ?, ?) = ?
ORDER BY created_at, id LIMIT 1
