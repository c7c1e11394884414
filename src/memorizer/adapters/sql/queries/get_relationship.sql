-- A relationship, whether or not its ends are visible.
SELECT id, from_id, to_id, type, score, at FROM relationships WHERE id = ?
