-- Of each collection that knows one of the keys: memories that have one, and memories in all.
SELECT x.collection, count(DISTINCT x.memory_id), (
  SELECT count(DISTINCT a.memory_id) FROM external_ids a
  WHERE a.source = ? AND a.collection = x.collection
)
FROM external_ids x WHERE x.source = ? AND x.key IN ({members}) GROUP BY x.collection
