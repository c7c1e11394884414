-- Add a token, unless one that is not revoked has its name.
INSERT INTO tokens (id, name, scope, digest, created_at, expires_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
RETURNING id
