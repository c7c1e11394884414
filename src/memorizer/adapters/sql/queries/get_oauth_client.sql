SELECT id, metadata, secret_digest, registration_digest, created_at FROM oauth_clients WHERE id = ?
