DELETE FROM proposals WHERE id = ?
