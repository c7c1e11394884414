-- Relationships by id; both ends are visible.
SELECT r.id, r.from_id, r.to_id, r.type, r.score, r.at
FROM relationships r
JOIN visible_memories f ON f.id = r.from_id
JOIN visible_memories t ON t.id = r.to_id
WHERE r.id > ?
ORDER BY r.id LIMIT ?
