SELECT id, digest, client_id, client_name, redirect_uri, challenge, resource, scope, grants, granted_by, created_at, expires_at, token_id
FROM oauth_codes
WHERE id = ? {row_lock}
