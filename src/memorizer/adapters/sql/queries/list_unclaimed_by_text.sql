SELECT m.text_digest, m.id FROM memories m
WHERE m.source = ? AND m.text_digest IN ({members}) AND m.deleted_at IS NULL AND m.archived_at IS NULL
AND NOT EXISTS (SELECT 1 FROM external_ids x WHERE x.memory_id = m.id) ORDER BY m.id
