UPDATE memories SET version = ? WHERE id = ?
