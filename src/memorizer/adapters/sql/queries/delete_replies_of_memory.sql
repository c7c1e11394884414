DELETE FROM replies WHERE memory_id = ?
