-- Tokens of clients that ended; those that people made keep their rows.
DELETE FROM tokens
WHERE (revoked_at < ? OR expires_at < ?) AND id IN (SELECT token_id FROM oauth_connections)
