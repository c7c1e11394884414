-- The tags of the memories between two ids.
SELECT m.id, t.tag FROM memories m JOIN memory_tags t ON t.memory_seq = m.seq
WHERE m.id BETWEEN ? AND ?
ORDER BY m.id, t.position
