-- Which of these memories are deleted.
SELECT id FROM memories WHERE deleted_at IS NOT NULL AND id IN ({members})
