-- The relationships from a memory, to it or both, the newest first.
SELECT {relationship_columns} FROM {visible_relationships}
WHERE ((? AND r.from_id = ?) OR (? AND r.to_id = ?)) AND r.id < ?
ORDER BY r.id DESC LIMIT ?
