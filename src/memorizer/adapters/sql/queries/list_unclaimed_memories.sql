-- Memories without a name in any source.
SELECT m.id FROM memories m WHERE m.id IN ({members})
AND NOT EXISTS (SELECT 1 FROM external_ids x WHERE x.memory_id = m.id)
