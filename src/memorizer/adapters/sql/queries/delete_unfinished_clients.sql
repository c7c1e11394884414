DELETE FROM oauth_clients WHERE authorized_at IS NULL AND created_at < ?
