-- Keep only the newest sessions of a token.
DELETE FROM sessions
WHERE token_id = ?
  AND id NOT IN (
    SELECT id FROM sessions WHERE token_id = ? ORDER BY created_at DESC, id LIMIT ?
  )
