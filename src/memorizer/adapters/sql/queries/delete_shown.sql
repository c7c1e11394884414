DELETE FROM shown_memories WHERE session = ?
