SELECT min(t.tag), count(*)
FROM memory_tags t
JOIN visible_memories m ON m.seq = t.memory_seq AND m.archived_at IS NULL
GROUP BY t.folded
ORDER BY 2 DESC, 1
