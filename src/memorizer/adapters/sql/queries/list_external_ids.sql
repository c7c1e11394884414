SELECT x.key, x.memory_id, x.collection, x.at FROM external_ids x
WHERE x.source = ? AND x.collection IN ({members}) ORDER BY x.at, x.memory_id
