-- Keep only the newest refresh tokens of a connection.
DELETE FROM oauth_refresh_tokens
WHERE token_id = ?
  AND id NOT IN (
    SELECT id FROM oauth_refresh_tokens WHERE token_id = ? ORDER BY created_at DESC, id LIMIT ?
  )
