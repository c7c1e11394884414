-- Sources of the memories that meet a Filter, most frequent first.
SELECT m.source, count(*) FROM visible_memories m
WHERE {filter} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?
