SELECT w.id FROM workspaces w WHERE w.id IN ({members})
