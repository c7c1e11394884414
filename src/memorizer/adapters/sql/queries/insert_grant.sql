INSERT INTO token_grants (token_id, workspace_id, scope) VALUES (?, ?, ?)
