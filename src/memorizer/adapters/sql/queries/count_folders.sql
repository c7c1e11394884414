-- The folders directly below a prefix of keys, with the number of memories at any depth.
SELECT substr(m.key, 1, ? - 1 + {position}(substr(m.key, ?), '/')) AS folder, count(*)
FROM visible_memories m
WHERE {position}(substr(m.key, ?), '/') > 0 AND {filter}
GROUP BY 1 ORDER BY 1 LIMIT ?
