INSERT INTO sessions (id, token_id, digest, created_at, expires_at) VALUES (?, ?, ?, ?, ?)
