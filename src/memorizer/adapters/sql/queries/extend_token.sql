UPDATE tokens SET expires_at = ? WHERE id = ?
