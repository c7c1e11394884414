SELECT type, count(*) FROM visible_memories m
WHERE archived_at IS NULL
GROUP BY 1
ORDER BY 2 DESC, 1
