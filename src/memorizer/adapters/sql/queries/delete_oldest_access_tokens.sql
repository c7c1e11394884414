-- Keep only the newest access tokens of a connection.
DELETE FROM oauth_access_tokens
WHERE token_id = ?
  AND id NOT IN (
    SELECT id FROM oauth_access_tokens WHERE token_id = ? ORDER BY created_at DESC, id LIMIT ?
  )
