SELECT id, token_id, digest, scope, resource, created_at, expires_at
FROM oauth_access_tokens
WHERE id = ?
