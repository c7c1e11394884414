UPDATE oauth_clients SET authorized_at = ?, address = '' WHERE id = ? AND authorized_at IS NULL
