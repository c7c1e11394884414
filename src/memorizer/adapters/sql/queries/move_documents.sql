UPDATE documents SET workspace_seq = (SELECT w.seq FROM workspaces w WHERE w.id = ?)
WHERE workspace_seq = (SELECT w.seq FROM workspaces w WHERE w.id = ?)
