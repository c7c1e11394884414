SELECT id, token_id, digest, created_at, expires_at FROM sessions WHERE expires_at > ?
