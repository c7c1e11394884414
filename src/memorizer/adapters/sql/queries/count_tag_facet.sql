-- Tags of the memories that meet a Filter, most frequent first.
SELECT min(t.tag), count(*) FROM memory_tags t
JOIN visible_memories m ON m.seq = t.memory_seq
WHERE {filter} GROUP BY t.folded ORDER BY 2 DESC, t.folded LIMIT ?
