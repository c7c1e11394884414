INSERT INTO oauth_access_tokens (id, token_id, digest, scope, resource, created_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
