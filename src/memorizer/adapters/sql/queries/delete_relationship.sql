DELETE FROM relationships WHERE id = ?
