DELETE FROM oauth_access_tokens
WHERE token_id IN (SELECT id FROM tokens WHERE revoked_at IS NOT NULL)
