INSERT INTO oauth_clients (id, metadata, secret_digest, registration_digest, created_at, address)
VALUES (?, ?, ?, ?, ?, ?)
