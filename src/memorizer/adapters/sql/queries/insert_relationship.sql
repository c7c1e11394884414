INSERT INTO relationships (id, from_id, to_id, type, score, at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (from_id, to_id, type) DO NOTHING
