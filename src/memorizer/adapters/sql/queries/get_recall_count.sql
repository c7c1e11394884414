SELECT c.number, c.last_at FROM recall_counts c WHERE c.memory_id = ?
