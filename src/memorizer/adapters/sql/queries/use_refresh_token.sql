UPDATE oauth_refresh_tokens
SET used_at = ?, nonce = ?, next_refresh_id = ?, next_access_id = ?
WHERE id = ?
