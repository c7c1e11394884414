-- Their tags, versions, events, relationships and vectors are deleted by the foreign keys.
DELETE FROM memories WHERE deleted_at IS NOT NULL AND id IN ({members}) RETURNING 1
