-- Memories of each text that meet a Filter. `deleted_at IS NULL` is said again for the planner.
SELECT m.text_digest, count(*) FROM visible_memories m
WHERE m.text_digest IN ({members}) AND m.deleted_at IS NULL AND {filter} GROUP BY m.text_digest
