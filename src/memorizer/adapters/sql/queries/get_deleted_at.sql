SELECT deleted_at FROM memories WHERE id = ?
