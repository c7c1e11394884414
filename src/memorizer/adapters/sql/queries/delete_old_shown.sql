DELETE FROM shown_memories WHERE at < ?
