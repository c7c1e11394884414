-- Relationships that begin at the memories between two ids.
SELECT {relationship_columns} FROM {visible_relationships}
WHERE r.from_id > ? AND r.from_id <= ?
ORDER BY r.from_id, r.id
