SELECT {workspace_columns} FROM workspaces w ORDER BY w.path
