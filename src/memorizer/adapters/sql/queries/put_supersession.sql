INSERT INTO memory_validity (memory_id, superseded_by, superseded_at) VALUES (?, ?, ?)
ON CONFLICT (memory_id) DO UPDATE SET
  superseded_by = excluded.superseded_by, superseded_at = excluded.superseded_at
