INSERT INTO external_ids (source, key, memory_id, collection, at) VALUES {rows}
ON CONFLICT (source, key, memory_id) DO UPDATE
SET collection = excluded.collection, at = excluded.at
