-- Memories that meet a Filter in each workspace and below it, most first; path NULL: in none.
SELECT w.path, count(*)
FROM visible_memories m
LEFT JOIN workspaces own ON own.seq = m.workspace_seq
LEFT JOIN workspaces w
  ON w.path = own.path OR substr(own.path, 1, length(w.path) + 1) = w.path || '/'
WHERE {filter} GROUP BY w.path ORDER BY 2 DESC, 1 LIMIT ?
