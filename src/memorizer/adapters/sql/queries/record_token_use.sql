UPDATE tokens SET last_used_at = ? WHERE id = ?
