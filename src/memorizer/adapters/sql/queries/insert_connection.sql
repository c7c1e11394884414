INSERT INTO oauth_connections (token_id, client_id, granted_by, resource) VALUES (?, ?, ?, ?)
