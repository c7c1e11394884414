SELECT {workspace_columns} FROM workspaces w WHERE w.id = ? OR w.path = ?
