DELETE FROM memory_tags WHERE memory_seq = ?
