UPDATE memories SET key = ? WHERE id = ?
