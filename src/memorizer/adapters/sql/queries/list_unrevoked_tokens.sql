SELECT name, scope, expires_at FROM tokens WHERE revoked_at IS NULL ORDER BY created_at, name
