-- What clients got with the consent of a token ends with it.
UPDATE tokens SET revoked_at = ?
WHERE revoked_at IS NULL AND id IN (SELECT token_id FROM oauth_connections WHERE granted_by = ?)
