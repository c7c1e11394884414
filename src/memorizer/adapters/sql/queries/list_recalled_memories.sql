-- What each of these recalls showed.
SELECT m.recall_id, m.memory_id, m.rank, m.relevance, m.is_weak FROM recalled_memories m
WHERE m.recall_id IN ({members}) ORDER BY m.recall_id, m.rank
