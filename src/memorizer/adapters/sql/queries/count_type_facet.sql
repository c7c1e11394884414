-- Types of the memories that meet a Filter, most frequent first.
SELECT min(m.type), count(*) FROM visible_memories m WHERE {filter}
GROUP BY m.type_folded ORDER BY 2 DESC, m.type_folded LIMIT ?
