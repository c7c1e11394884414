SELECT id FROM memories WHERE id IN ({members})
