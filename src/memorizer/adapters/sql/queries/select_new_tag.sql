-- A row of insert_memory_tags, which joins one for each tag.
SELECT seq, ?, ?, ? FROM memories WHERE id = ?
