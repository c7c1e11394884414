-- Also those in the trash.
SELECT id FROM memories WHERE id IN ({members})
