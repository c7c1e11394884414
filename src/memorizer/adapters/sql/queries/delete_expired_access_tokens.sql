DELETE FROM oauth_access_tokens WHERE expires_at <= ?
