SELECT w.id FROM workspaces w WHERE w.id = ? OR w.path = ? {reference_lock}
