DELETE FROM oauth_clients WHERE id = ?
