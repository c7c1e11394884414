UPDATE memory_events SET data = ? WHERE id = ?
