-- The relationship of a type between two visible memories.
SELECT {relationship_columns} FROM {visible_relationships}
WHERE r.from_id = ? AND r.to_id = ? AND r.type = ?
