SELECT id, seq FROM memories WHERE id BETWEEN ? AND ?
