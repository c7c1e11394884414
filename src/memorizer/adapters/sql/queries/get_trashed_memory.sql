SELECT {memory_columns}, m.deleted_at FROM memories m
WHERE m.deleted_at IS NOT NULL AND m.id = ? {row_lock}
