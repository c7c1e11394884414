INSERT INTO workspace_events (id, workspace_id, type, data, actor, at) VALUES (?, ?, ?, ?, ?, ?)
