SELECT id, token_id, digest, scope, created_at, expires_at, used_at, nonce, next_refresh_id, next_access_id
FROM oauth_refresh_tokens
WHERE id = ? {row_lock}
