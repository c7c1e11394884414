-- The relationships that say that a memory is replaced.
SELECT {relationship_columns} FROM {visible_relationships}
WHERE lower(r.type) = '{supersedes}' AND r.to_id = ?
