SELECT memory_id FROM shown_memories WHERE session = ?
