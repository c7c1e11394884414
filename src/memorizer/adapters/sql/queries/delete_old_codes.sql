DELETE FROM oauth_codes WHERE expires_at < ?
