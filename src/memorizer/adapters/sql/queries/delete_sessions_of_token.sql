DELETE FROM sessions WHERE token_id = ?
