UPDATE oauth_codes SET token_id = ? WHERE id = ?
