INSERT INTO oauth_refresh_tokens (id, token_id, digest, scope, created_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?)
