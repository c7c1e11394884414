SELECT token_id, client_id, granted_by, resource FROM oauth_connections WHERE token_id = ?
