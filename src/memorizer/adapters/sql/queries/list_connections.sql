SELECT t.id
FROM oauth_connections c JOIN tokens t ON t.id = c.token_id
WHERE c.granted_by = ? AND t.revoked_at IS NULL
ORDER BY t.created_at, t.id
