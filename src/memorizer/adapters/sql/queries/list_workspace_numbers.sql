SELECT id, seq FROM workspaces WHERE id IN ({members})
